import { PageTitle } from "../components/display";
import { href } from "../lib/router";

/** @param props `denied`: the view exists, but the key lacks this permission */
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
