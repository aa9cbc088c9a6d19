import { useMemo, useState } from "preact/hooks";
import { ConfirmDialog } from "../components/dialog";
import { announce } from "../components/feedback";
import { count, counted } from "../lib/format";
import type { Corrections } from "./corrections";
import { Fixes } from "./group-fixes";
import { type Group, groupsOf, titleOf } from "./groups";
import { registerCustomers } from "./send";

const SHOWN = 10;
const CUSTOMER = "meter_event_customer_not_found";

/** The refused rows by their problem, the most frequent first, with the corrections for all rows of a group. */
export function GroupList({
  corrections,
  show,
}: {
  corrections: Corrections;
  show: (key: string) => void;
}) {
  const groups = useMemo(() => groupsOf(corrections), [corrections.version.value]);
  const [most, setMost] = useState(SHOWN);
  const customers = groups.filter(({ issue }) => issue.code === CUSTOMER);
  const leftOut = corrections.open.filter((row) => row.leftOut);
  return (
    <section aria-labelledby="groups">
      <div class="section-title">
        <h2 id="groups" tabindex={-1}>
          What is wrong
        </h2>
        {customers.length > 1 && <Register corrections={corrections} groups={customers} />}
      </div>
      {groups.length === 0 && <p class="weak">No row needs a correction.</p>}
      <ul class="groups">
        {groups.slice(0, most).map((group) => (
          <GroupCard key={group.key} corrections={corrections} group={group} show={show} />
        ))}
      </ul>
      {groups.length > most && (
        <button type="button" onClick={() => setMost(most + 5 * SHOWN)}>
          Show more of {counted(groups.length, "group")}
        </button>
      )}
      {leftOut.length > 0 && (
        <p class="weak">
          {counted(leftOut.length, "row")} left out. They stay refused, and you can correct them
          later.{" "}
          <button type="button" class="quiet" onClick={() => corrections.leaveOut(leftOut, false)}>
            Take them in again
          </button>
        </p>
      )}
    </section>
  );
}

function GroupCard({
  corrections,
  group,
  show,
}: {
  corrections: Corrections;
  group: Group;
  show: (key: string) => void;
}) {
  const { issue, rows } = group;
  const title = titleOf(group);
  return (
    <li class="group" aria-label={title}>
      <h3>
        {count(rows.length)} × {title}
      </h3>
      <p class="weak">
        {issue.field !== "" && <code>{issue.field}</code>} {!issue.isServer && "Looks wrong: "}
        {issue.words}
      </p>
      {!group.isCell && issue.field !== "" && (
        <p>
          The file has no column <code>{issue.field}</code>. Add it to your original file, and
          upload that as an update.
        </p>
      )}
      {group.isCell && <Fixes corrections={corrections} group={group} />}
      <div class="actions">
        {issue.code === CUSTOMER && <Register corrections={corrections} groups={[group]} />}
        <button type="button" aria-label={`Show rows: ${title}`} onClick={() => show(group.key)}>
          Show rows
        </button>
        <button
          type="button"
          aria-label={`Leave out: ${title}`}
          onClick={() => {
            corrections.leaveOut(rows, true);
            announce(`${counted(rows.length, "row")} left out.`);
          }}
        >
          Leave out
        </button>
      </div>
    </li>
  );
}

/** The button to register the customers of groups, so that their rows can be sent without a change. */
function Register({ corrections, groups }: { corrections: Corrections; groups: Group[] }) {
  const [isOpen, setIsOpen] = useState(false);
  const ids = [...new Set(groups.map(({ issue }) => issue.value))];
  const isOne = ids.length === 1;
  const words = isOne
    ? "Register this customer"
    : `Register these ${counted(ids.length, "customer")}`;
  const act = async () => {
    const { upload, done } = await registerCustomers(ids);
    if (done.length < ids.length) {
      const reasons = upload.samples.map(({ message }) => message).join(" ");
      corrections.register(done);
      throw new Error(`${counted(ids.length - done.length, "ID")} refused. ${reasons}`);
    }
    corrections.register(done);
    announce(`${counted(done.length, "customer")} registered.`);
  };
  return (
    <>
      <button
        type="button"
        aria-label={isOne ? `${words}: ${ids[0]}` : undefined}
        onClick={() => setIsOpen(true)}
      >
        {words}…
      </button>
      {isOpen && (
        <ConfirmDialog
          title={`${words}?`}
          confirm="Register"
          act={act}
          close={() => setIsOpen(false)}
        >
          <p>
            Meterdrop registers {isOne ? "this ID" : "these IDs"} by a customer file. You can add
            names and email addresses later. Afterwards, the rows are ready to send.
          </p>
          <ul>
            {ids.slice(0, SHOWN).map((id) => (
              <li key={id}>
                <code>{id}</code>
              </li>
            ))}
            {ids.length > SHOWN && <li>and {counted(ids.length - SHOWN, "more", "more")}</li>}
          </ul>
        </ConfirmDialog>
      )}
    </>
  );
}
