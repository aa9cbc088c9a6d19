import type { ComponentChildren, TargetedEvent } from "preact";
import { useId, useState } from "preact/hooks";

/** An area to drop files on the page, with a button to choose files. */
export function DropZone({
  words,
  take,
  small,
  children,
}: {
  /** an instruction */
  words: string;
  take: (files: File[]) => void;
  small?: boolean;
  /** hints */
  children?: ComponentChildren;
}) {
  const id = useId();
  const [over, setOver] = useState(false);

  const dropped = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take([...(event.dataTransfer?.files ?? [])]);
  };
  const hovers = (event: DragEvent) => {
    event.preventDefault();
    setOver(true);
  };
  const chosen = ({ currentTarget }: TargetedEvent<HTMLInputElement>) => {
    take([...(currentTarget.files ?? [])]);
    currentTarget.value = ""; // so that you can choose the same file again after a correction
  };

  return (
    <div
      class={`drop-zone${small ? " small" : ""}${over ? " over" : ""}`}
      onDragOver={hovers}
      onDragLeave={() => setOver(false)}
      onDrop={dropped}
    >
      <p class="drop-words">
        {words}, or{" "}
        <span class="choose">
          <input class="unseen" type="file" id={id} multiple onChange={chosen} />
          <label class="button" for={id}>
            Choose files<span class="unseen">: {words}</span>
          </label>
        </span>
      </p>
      {children}
    </div>
  );
}
