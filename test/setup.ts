/** Every run of the tests draws the same random cases, unless `TLBCHECK_SEED` says otherwise ("random": new ones). */
import fc from "fast-check";

const chosen = process.env["TLBCHECK_SEED"] ?? "1";
if (chosen !== "random") fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(chosen) });
