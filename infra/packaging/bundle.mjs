// Bundle the page: node bundle.mjs FOLDER METAFILE, in the project's folder. Errors go to stderr.
import { writeFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { build } from "esbuild";

const [folder, metafile] = process.argv.slice(2);
const FIRST = resolve("page/main.tsx");

/**
 * esbuild makes a file of the modules of each combination of scripts. Every script that is loaded later therefore imports
 * the first one. Otherwise a first view would need a request for each combination.
 */
const later = {
  name: "later",
  setup({ onResolve, onLoad, resolve: find }) {
    onResolve({ filter: /./ }, async ({ kind, path, importer, resolveDir, namespace }) => {
      if (kind !== "dynamic-import") return undefined;
      const found = await find(path, { kind: "import-statement", importer, resolveDir, namespace });
      return found.errors.length > 0 ? found : { path: found.path, namespace: "later" };
    });
    onLoad({ filter: /./, namespace: "later" }, ({ path }) => ({
      contents: `import ${JSON.stringify(FIRST)};\nexport * from ${JSON.stringify(`./${basename(path)}`)};`,
      resolveDir: dirname(path),
    }));
  },
};

const { metafile: made } = await build({
  entryPoints: ["page/main.tsx", "page/style/page.css"],
  outdir: folder,
  bundle: true,
  splitting: true,
  format: "esm",
  minify: true,
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  metafile: true,
  color: false,
  logLevel: "error",
  plugins: [later],
}).catch(() => process.exit(1));
writeFileSync(metafile, JSON.stringify(made));
