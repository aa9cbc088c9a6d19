import { useEffect } from "preact/hooks";

/** A file that misses its place would replace the page: browsers open what is dropped on them. */
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
