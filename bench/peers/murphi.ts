/** The benchmark model in rumur's language, command by command. */
import type { Size } from "../sizes.ts";

export function murphi({ cpus, pages, accesses }: Size): string {
  return `
const
  C: ${cpus};
  P: ${pages};
  W: ${accesses};
type
  cpu: 0..C-1;
  user: 2..C-1;
  page: 0..P-1;
  flag: 0..1;
  access: 0..2;
  counter: 0..7;
var
  lock: 0..2;
  fp: flag;
  pte: array [page] of access;
  fr: array [page] of flag;
  tlb: array [cpu] of array [page] of access;
  q0: array [cpu] of array [page] of flag;
  q1: array [cpu] of array [page] of flag;
  qa: array [cpu] of flag;
  rpc: counter;
  ri: page;
  mpc: counter;
  mj: page;
  u: array [user] of 0..W;
  err: 0..2;

startstate begin
  lock := 0; fp := 0; rpc := 0; ri := 0; mpc := 0; mj := 0; err := 0;
  for p: page do pte[p] := 2; fr[p] := 0; end;
  for c: cpu do
    qa[c] := 0;
    for p: page do tlb[c][p] := 0; q0[c][p] := 0; q1[c][p] := 0; end;
  end;
  for c: user do u[c] := 0; end;
end;

rule "R.lock" rpc = 0 & lock = 0 ==> begin lock := 1; rpc := 1; end;
rule "R.clear" rpc = 1 ==> begin pte[ri] := 0; rpc := 2; end;
rule "R.tlbi" rpc = 2 ==> begin for c: cpu do q0[c][ri] := 1; end; rpc := 3; end;
rule "R.fp" rpc = 3 ==> begin fp := 1; rpc := 4; end;
rule "R.unlock" rpc = 4 ==> begin
  lock := 0;
  if ri < P-1 then ri := ri + 1; rpc := 0; else ri := 0; rpc := 5; end;
end;
rule "R.dsb" rpc = 5 & (forall c: cpu do forall p: page do q0[c][p] = 0 end end) ==> begin rpc := 6; end;
rule "R.free" rpc = 6 ==> begin
  fr[ri] := 1;
  if ri < P-1 then ri := ri + 1; rpc := 6; else ri := 0; rpc := 7; end;
end;

rule "M.lock" mpc = 0 & lock = 0 ==> begin lock := 2; mpc := 1; end;
rule "M.noflush" mpc = 1 & fp = 0 ==> begin mpc := 3; end;
rule "M.flush" mpc = 1 & fp = 1 ==> begin for c: cpu do qa[c] := 1; end; mpc := 2; end;
rule "M.flushed" mpc = 2 & (forall c: cpu do qa[c] = 0 end) ==> begin fp := 0; mpc := 3; end;
rule "M.skip" mpc = 3 & pte[mj] != 2 ==> begin
  if mj < P-1 then mj := mj + 1; mpc := 3; else mj := 0; mpc := 6; end;
end;
rule "M.wrprot" mpc = 3 & pte[mj] = 2 ==> begin pte[mj] := 1; mpc := 4; end;
rule "M.tlbi" mpc = 4 ==> begin for c: cpu do q1[c][mj] := 1; end; mpc := 5; end;
rule "M.dsb" mpc = 5 & (forall c: cpu do forall p: page do q1[c][p] = 0 end end) ==> begin
  if mj < P-1 then mj := mj + 1; mpc := 3; else mj := 0; mpc := 6; end;
end;
rule "M.unlock" mpc = 6 ==> begin lock := 0; mpc := 7; end;

ruleset c: cpu do
  ruleset p: page do
    rule "H.fill" tlb[c][p] = 0 & pte[p] != 0 ==> begin tlb[c][p] := pte[p]; end;
    rule "H.evict" tlb[c][p] != 0 ==> begin tlb[c][p] := 0; end;
    rule "H.inv0" q0[c][p] = 1 ==> begin q0[c][p] := 0; tlb[c][p] := 0; end;
    rule "H.inv1" q1[c][p] = 1 ==> begin q1[c][p] := 0; tlb[c][p] := 0; end;
  end;
  rule "H.inva" qa[c] = 1 ==> begin qa[c] := 0; for p: page do tlb[c][p] := 0; end; end;
end;

ruleset c: user do
  ruleset p: page do
    rule "U.load" tlb[c][p] != 0 & u[c] < W ==> begin
      u[c] := u[c] + 1;
      if fr[p] = 1 then err := 2; end;
    end;
    rule "U.store" tlb[c][p] = 2 & u[c] < W ==> begin
      u[c] := u[c] + 1;
      if fr[p] = 1 then err := 2; elsif mpc = 7 then err := 1; end;
    end;
  end;
end;
`.trimStart();
}
