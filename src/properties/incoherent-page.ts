/**
 * P-COHERENT: once a fault or mmap has returned a new page at an address, no architectural access completes at
 * another page through that address; else two CPUs see different memory at one address.
 */
import { installedPageProperty } from "./installed-page.ts";

export const incoherentPage = installedPageProperty({
  name: "incoherent-page",
  aliases: ["P-COHERENT"],
  says: "after a fault or mmap has returned a new page, no access completes at another page through its address",
  consequence: "an access completed at another page than the one that was mapped last",
});
