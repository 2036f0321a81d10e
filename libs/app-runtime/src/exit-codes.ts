/** How a process of ours ends. Scripts and tests may rely on these numbers. */
export const exitCodes = {
  /** Stopped as asked, or done. */
  ok: 0,
  /** Something outside is wrong, said in one line: a port in use, a folder that cannot be read. */
  failed: 1,
  /** The settings are not usable. */
  badSettings: 2,
  /** A mistake of the program (sysexits' EX_SOFTWARE); the log has the stack. */
  unexpected: 70,
  /** Asked to stop and not done by the drain deadline (sysexits' EX_TEMPFAIL); what was under way is repeated by whoever takes over. */
  drainDeadline: 75,
} as const;
