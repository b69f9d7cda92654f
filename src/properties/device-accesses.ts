/** What properties forbid of the accesses of devices; each is asserted under the property's own name. */
import { word } from "../arch/text.ts";
import type { System } from "../kernel/system.ts";
import { assert } from "../model/builder.ts";
import { TlbcheckError } from "../model/diagnostic.ts";

/** No access of a device lands in a page that is free or has another owner. */
export function forbidDmaAfterFree({ machine, frames }: System, property: string): void {
  for (const device of machine.devices)
    device.onPerform(({ page, frame, store }) =>
      assert(property, frames.inUse(frame), [
        device.name,
        word(store, " writes to ", " reads from "),
        frame,
        " through ",
        page,
        " after the frame was freed",
      ]),
    );
}

/** Throws TLB204 in a scenario without a device. */
export function needDevices({ machine }: System, property: string): void {
  if (machine.devices.length > 0) return;
  throw new TlbcheckError("TLB204", `the property ${property} is about devices, and there is none`, {
    hint: "declare one: m.device()",
  });
}
