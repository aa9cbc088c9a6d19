import { useEffect, useState } from "preact/hooks";
import { go } from "../lib/router";
import { can } from "../lib/session";
import { add } from "../uploader/queue";

const STILL = 300; // milliseconds; while files are over the page, the browser says so more often

/**
 * Take files that land beside a drop zone. On the list of uploads, they go to the view Upload. Everywhere else nothing
 * happens. Without this, the browser would open the file and leave the page.
 *
 * @param path of the view
 */
export function Drops({ path }: { path: string }) {
  const takes = path === "uploads" && can("files:write");
  const [over, setOver] = useState(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const moves = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files") || event.defaultPrevented) return;
      event.preventDefault(); // a drop zone has done so already
      event.dataTransfer.dropEffect = takes ? "copy" : "none";
      setOver(takes);
      clearTimeout(timer);
      timer = setTimeout(() => setOver(false), STILL);
    };
    const drops = (event: DragEvent) => {
      const files = [...(event.dataTransfer?.files ?? [])];
      if (files.length === 0 || event.defaultPrevented) return;
      event.preventDefault();
      setOver(false);
      if (!takes) return;
      add(files, "usage");
      go(["upload"]);
    };
    addEventListener("dragover", moves);
    addEventListener("drop", drops);
    return () => {
      clearTimeout(timer);
      removeEventListener("dragover", moves);
      removeEventListener("drop", drops);
    };
  }, [takes]);
  return over ? <p class="drop-hint">Drop the files to upload them</p> : null;
}
