import { Action } from "../components/action";
import { CorrectLink } from "../correct/link";
import { downloadFromBucket } from "../lib/download";
import type { Upload } from "../types";

/** The buttons to correct the refused rows, and to download the error file and the original file. */
export function Files({
  upload,
  open,
}: {
  upload: Upload;
  /** refused rows that no later file has counted, null if that isn't known */
  open: number | null;
}) {
  const act = () => downloadFromBucket(`v1/uploads/${upload.id}/file`, upload.file_name);
  return (
    <>
      {open !== 0 && <CorrectLink upload={upload} />}
      {upload.error_file && <ErrorFile upload={upload} />}
      <Action act={act}>Download original</Action>
    </>
  );
}

/** A button for each part of it. */
export function ErrorFile({ upload }: { upload: Upload }) {
  const count = parts(upload);
  const path = `v1/uploads/${upload.id}/error_file`;
  const name = `${upload.file_name.replace(/\.csv$/, "")}.errors`;
  if (count === 1) {
    return <Action act={() => downloadFromBucket(path, `${name}.csv`)}>Download error file</Action>;
  }
  return Array.from({ length: count }, (_, at) => {
    const part = at + 1;
    const act = () => downloadFromBucket(`${path}?part=${part}`, `${name}.${part}.csv`);
    return (
      <Action key={part} act={act}>
        Download error file, part {part} of {count}
      </Action>
    );
  });
}

/** Return the number of parts of the error file. */
export function parts({ error_file }: Upload) {
  return error_file?.part_count ?? 1;
}
