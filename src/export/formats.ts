/** The languages that a model can be written in. */
import { murphi } from "./murphi.ts";
import type { Exporter } from "./options.ts";
import { promela } from "./promela.ts";
import { tla } from "./tla.ts";

export const formats = { promela, murphi, tla } satisfies Record<string, Exporter>;

export type Format = keyof typeof formats;

export const formatNames = Object.keys(formats) as readonly Format[];
