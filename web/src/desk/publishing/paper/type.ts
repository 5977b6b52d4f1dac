/** How lines of type and their inks come from the typesetter. */

export interface Line {
  y: number;
  size: number;
  face: "serif" | "serif-bold" | "sans" | "sans-bold";
  ink: string;
  runs: { x: number; text: string; width: number }[];
}

export const MM_A_POINT = 25.4 / 72;

// A sheet is paper, in the dark look too.
const INKS: Record<string, string> = { black: "#1a1a1a", red: "#b3261e", grey: "#6b6b6b" };
export const ink = (name: string): string => INKS[name] ?? name;
