import { href } from "../lib/router";
import { can } from "../lib/session";
import type { Upload } from "../types";

/** The link to correct an upload's refused rows in the page. */
export function CorrectLink({ upload }: { upload: Upload }) {
  if (!can("files:write") || !isCorrectable(upload)) return null;
  return (
    <a class="button" href={href(["uploads", upload.id, "correct"])}>
      Correct rows
    </a>
  );
}

/** Return whether an upload has refused rows that a corrected error file can count. */
export function isCorrectable({ status, dry_run, error_file }: Upload) {
  return status === "succeeded_with_errors" && !dry_run && error_file !== null;
}
