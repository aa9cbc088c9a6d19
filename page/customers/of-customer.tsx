import type { ComponentChildren } from "preact";
import { Failed, Loading, Notice } from "../components/feedback";
import { href } from "../lib/router";
import { useQuery } from "../lib/use-query";
import { readCustomer } from "./name";
import { isMissing } from "./search";

/** Content about one customer, below the customer's name. If the customer doesn't exist, a notice. */
export function OfCustomer({
  id,
  all,
  children,
}: {
  id: string;
  /** the href of the same content about all customers */
  all: string;
  children: ComponentChildren;
}) {
  const { answer, failure, reload } = useQuery("customer", (signal) => readCustomer(id, signal), [
    id,
  ]);
  if (isMissing(failure)) return <NoCustomer id={id} all={all} />;
  if (failure !== null)
    return <Failed what="Couldn't load the customer." error={failure} again={reload} />;
  if (answer === null) return <Loading what="the customer" shape="lines" />;
  const name = "deleted" in answer ? `${id} (deleted)` : (answer.name ?? id);
  return (
    <>
      <p class="of-customer">
        Showing only <a href={href(["customers", id])}>{name}</a>
      </p>
      {children}
    </>
  );
}

/** The notice that no customer has this ID. */
export function NoCustomer({ id, all }: { id: string; all: string }) {
  return (
    <Notice>
      <p>
        No customer matches “{id}”. <a href={all}>Show all customers</a>
      </p>
    </Notice>
  );
}
