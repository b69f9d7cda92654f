/** Words that are no names in Promela, in the C program that SPIN makes of it, or for its preprocessor. */
const PROMELA =
  "active assert atomic bit bool break byte c_code c_decl c_expr c_state c_track chan d_step do else empty enabled end eval false fi for full get_priority goto hidden if in init inline int len local ltl mtype model nempty never nfull notrace np_ od of pc_value pid printf priority proctype provided return run select set_priority short show skip stdin timeout trace true typedef unless unsigned xr xs";
const C =
  "auto case char const continue default double enum extern float linux long now register signed sizeof static struct switch union unix void volatile while i0 i1 i2 i3 i386 max min uchar ulong ushort state trans";

export const RESERVED: readonly string[] = `${PROMELA} ${C}`.split(" ");
