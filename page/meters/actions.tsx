import { useState } from "preact/hooks";
import { ConfirmDialog, Dialog } from "../components/dialog";
import { announce } from "../components/feedback";
import { Field, Form } from "../components/form";
import { pathPart, post } from "../lib/api";
import { href } from "../lib/router";
import type { Meter } from "../usage/types";

/** The buttons to rename, deactivate, and reactivate a meter, and to add usage. */
export function MeterActions({
  meter,
  customer,
  put,
}: {
  meter: Meter;
  customer: string;
  put: (meter: Meter) => void;
}) {
  const [open, setOpen] = useState("");
  const close = () => setOpen("");
  const active = meter.status === "active";
  return (
    <>
      <div class="actions">
        <button type="button" onClick={() => setOpen("rename")}>
          Rename
        </button>
        <button
          type="button"
          class={active ? "danger" : undefined}
          onClick={() => setOpen("switch")}
        >
          {active ? "Deactivate" : "Reactivate"}
        </button>
        {active && (
          <a class="button primary" href={href(["meters", meter.id, "usage"], { customer })}>
            Add usage
          </a>
        )}
      </div>
      {open === "rename" && <RenameDialog meter={meter} put={put} close={close} />}
      {open === "switch" && <SwitchDialog meter={meter} put={put} close={close} />}
    </>
  );
}

function SwitchDialog({
  meter,
  put,
  close,
}: {
  meter: Meter;
  put: (meter: Meter) => void;
  close: () => void;
}) {
  const active = meter.status === "active";
  const verb = active ? "Deactivate" : "Reactivate";

  async function act(idempotencyKey: string) {
    const path = `v1/billing/meters/${pathPart(meter.id)}/${verb.toLowerCase()}`;
    put(await post(path, {}, { idempotencyKey }));
    announce(`${meter.display_name} is now ${active ? "inactive" : "active"}.`);
  }

  return (
    <ConfirmDialog
      title={`${verb} ${meter.display_name}?`}
      confirm={verb}
      danger={active}
      act={act}
      close={close}
    >
      {active ? (
        <>
          <p>
            From the next file or event on, Meterdrop refuses usage of{" "}
            <code>{meter.event_name}</code> as <code>archived_meter</code>.
          </p>
          <p>
            Existing usage stays available. Another meter can use the event name. You can reactivate
            this meter if no other active meter uses the event name.
          </p>
        </>
      ) : (
        <>
          <p>
            From the next file or event on, Meterdrop counts usage of{" "}
            <code>{meter.event_name}</code> again.
          </p>
          <p>
            Rows refused in the meantime aren't counted automatically. To count them, upload their
            error files.
          </p>
        </>
      )}
    </ConfirmDialog>
  );
}

/** A dialog to rename a meter. */
export function RenameDialog({
  meter,
  put,
  close,
}: {
  meter: Meter;
  put: (meter: Meter) => void;
  close: () => void;
}) {
  async function send(given: Record<string, string>, idempotencyKey: string) {
    const renamed: Meter = await post(`v1/billing/meters/${pathPart(meter.id)}`, given, {
      idempotencyKey,
    });
    put(renamed);
    announce(`Renamed the meter to ${renamed.display_name}.`);
    close();
  }

  return (
    <Dialog title={`Rename ${meter.display_name}`} close={close}>
      <Form confirm="Rename" send={send} close={close}>
        {(error: (name: string) => string | undefined) => (
          <Field label="Name" hint="The event name doesn't change." error={error("display_name")}>
            {(attributes) => (
              <input
                {...attributes}
                name="display_name"
                defaultValue={meter.display_name}
                required
                maxlength={250}
                autocomplete="off"
              />
            )}
          </Field>
        )}
      </Form>
    </Dialog>
  );
}
