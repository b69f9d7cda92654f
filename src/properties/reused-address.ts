/**
 * P-VAREUSE: after a kernel address was handed out again, no CPU completes an executed access to it through a
 * translation of an earlier mapping.
 */
import { installedPageProperty } from "./installed-page.ts";

export const reusedAddress = installedPageProperty({
  name: "reused-address",
  aliases: ["P-VAREUSE"],
  says: "after a kernel address was handed out again, no access goes through a translation of an earlier mapping",
  consequence: "a kernel address that was handed out again leads to the memory that it led to before",
});
