import { PageTitle } from "../components/display";
import { href } from "../lib/router";

/** The view doesn't exist, or the key lacks the permission `denied` for it. */
export function NotFound({ denied }: { denied?: string }) {
  const words = denied
    ? `Your API key doesn't have the permission for this page: ${denied}. To use the page, choose Sign out, then enter another key.`
    : "This page doesn't exist.";
  return (
    <>
      <PageTitle title={denied ? "Permission missing" : "Page not found"} />
      <p>
        {words} <a href={href(["uploads"])}>View all uploads</a>
      </p>
    </>
  );
}
