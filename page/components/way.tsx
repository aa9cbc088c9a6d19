import type { ComponentChildren } from "preact";

/** The steps from a file to a meter, each with a picture. */
const STEPS: { name: string; words: string; picture: ComponentChildren }[] = [
  {
    name: "Drop",
    words: "Add one or more CSV files with your usage.",
    picture: <path d="M12 3v11m-4-4 4 4 4-4M4 16v3a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-3" />,
  },
  {
    name: "Check",
    words: "Meterdrop checks every row. Valid rows count right away.",
    picture: <path d="M21 12a9 9 0 1 1-5-8.1M9 11.5l3 3 8.5-9" />,
  },
  {
    name: "Correct",
    words: "Correct the refused rows. Each row counts only once.",
    picture: <path d="M12 20h9M16.5 3.5a2.1 2.1 0 0 1 3 3L7 19l-4 1 1-4Z" />,
  },
  {
    name: "Meter",
    words: "See the usage of every meter and customer, to the last digit.",
    picture: <path d="M4 20V10m5.5 10V4M15 20v-7m5.5 7V7" />,
  },
];

/** The way of a file, for views that have nothing else to show yet. */
export function Way() {
  return (
    <ol class="way" aria-label="How it works">
      {STEPS.map(({ name, words, picture }) => (
        <li key={name}>
          <svg viewBox="0 0 24 24" aria-hidden="true">
            {picture}
          </svg>
          <strong>{name}</strong> {words}
        </li>
      ))}
    </ol>
  );
}
