import { useEffect } from "preact/hooks";

/** Ignore drops outside of the drop zone. Otherwise the browser opens the file and leaves the page. */
export function useMissedDrops() {
  useEffect(() => {
    addEventListener("dragover", refuse);
    addEventListener("drop", refuse);
    return () => {
      removeEventListener("dragover", refuse);
      removeEventListener("drop", refuse);
    };
  }, []);
}

/** @param {DragEvent} event */
function refuse(event) {
  event.preventDefault();
  if (event.type === "dragover" && event.dataTransfer && !within(event))
    event.dataTransfer.dropEffect = "none";
}

/** @param {DragEvent} event */
function within({ target }) {
  return target instanceof Element && target.closest(".drop-zone") !== null;
}
