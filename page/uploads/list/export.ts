import Papa from "papaparse";
import { get } from "../../lib/api";
import type { List, Query, Upload } from "../../types";

const PAGE = 100;
/** Uploads in one file. Narrow the list to export others. */
const MOST = 10_000;

/**
 * Return the uploads that match a query as CSV, newest first. Cells that a spreadsheet would run as formulas begin with an
 * apostrophe.
 *
 * @returns `cut` is the number of uploads if there are more than the file has, else null
 */
export async function exportUploads(query: Query): Promise<{
  csv: string;
  cut: number | null;
}> {
  const uploads: Upload[] = [];
  let more = true;
  while (more && uploads.length < MOST) {
    const after = uploads.at(-1)?.id;
    const page: List<Upload> = await get("v1/uploads", {
      ...query,
      limit: PAGE,
      starting_after: after,
    });
    uploads.push(...page.data);
    more = page.has_more;
  }
  const csv = Papa.unparse(
    uploads.map((upload) => ({
      id: upload.id,
      key: upload.key,
      kind: upload.kind,
      dry_run: upload.dry_run,
      status: upload.status,
      partner: upload.partner,
      created: new Date(upload.created * 1000).toISOString(),
      size: upload.size,
      row_count: upload.row_count,
      success_count: upload.success_count,
      duplicate_count: upload.duplicate_count,
      error_count: upload.error_count,
      failure_code: upload.failure?.code ?? "",
      failure_message: upload.failure?.message ?? "",
    })),
    { escapeFormulae: true },
  );
  return { csv: `${csv}\r\n`, cut: more ? uploads.length : null };
}
