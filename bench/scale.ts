/** How much of it is done: all of it, or enough to see that it works. */

export interface Scale {
  /** Leaves out what is only for the plots. */
  isQuick: boolean;
  rounds: number;
  /** Of what no goal is about, or what takes long. */
  sideRounds: number;
  /** Before the first round, for compilers to settle. */
  firstWarmUpMs: number;
  warmUpMs: number;
  measureMs: number;
  /** How many log in at once and stay, and how long the slowest hub may take for it. */
  crowd: number;
  crowdLimitMs: number;
  /** How long the hour takes in which everything happens: with its rounds, a minute. */
  mixedMs: number;
  transfers: TransferScale;
}

export interface TransferScale {
  rounds: number;
  /** Of the one large file: what the disk and the memory of a virtual machine give varies by half from one to the next. */
  fileRounds: number;
  fileBytes: number;
  /** How many small ones are in the folder. */
  files: number;
  latencyMs: number;
}

export const FULL: Scale = {
  isQuick: false,
  rounds: 5,
  sideRounds: 3,
  firstWarmUpMs: 800,
  warmUpMs: 150,
  measureMs: 600,
  crowd: 10_000,
  crowdLimitMs: 8_000,
  mixedMs: 20_000,
  transfers: { rounds: 5, fileRounds: 15, fileBytes: 2 ** 30, files: 2_000, latencyMs: 5_000 },
};

export const QUICK: Scale = {
  isQuick: true,
  rounds: 3,
  sideRounds: 3,
  firstWarmUpMs: 800,
  warmUpMs: 100,
  measureMs: 400,
  crowd: 2_000,
  crowdLimitMs: 4_000,
  mixedMs: 2_000,
  transfers: { rounds: 2, fileRounds: 2, fileBytes: 2 ** 27, files: 500, latencyMs: 1_000 },
};
