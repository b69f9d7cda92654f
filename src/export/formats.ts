/** The languages that a model can be written in. */
import { withoutLiveness } from "./liveness.ts";
import { murphi } from "./murphi.ts";
import type { Exporter } from "./options.ts";
import { promela } from "./promela.ts";
import { tla } from "./tla.ts";

export const formats = {
  promela: withoutLiveness("Promela", promela),
  murphi: withoutLiveness("Murphi", murphi),
  tla: withoutLiveness("TLA+", tla),
} satisfies Record<string, Exporter>;

export type Format = keyof typeof formats;

export const formatNames = Object.keys(formats) as readonly Format[];
