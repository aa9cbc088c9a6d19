import { useState } from "preact/hooks";

const NAME = "meterdrop.theme";
const NEXT = { system: "light", light: "dark", dark: "system" } as const;
type Theme = keyof typeof NEXT;

const PICTURES: Record<Theme, string> = {
  system: "M3 4.5h14v9H3zM7 17h6",
  light:
    "M10 6.5a3.5 3.5 0 1 0 0 7a3.5 3.5 0 1 0 0-7M10 2v1m0 14v1M2 10h1m14 0h1M4.3 4.3l.7.7m10 10 .7.7m0-11.4-.7.7m-10 10-.7.7",
  dark: "M16.5 12A7 7 0 0 1 8 3.5a7 7 0 1 0 8.5 8.5Z",
};

/** The button that switches between the colors of the system, light, and dark. A script in index.html applies the choice. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState(chosen);
  const next = NEXT[theme];
  const label = `Colors: ${theme}. Switch to ${next}`;

  function change() {
    if (next === "system") {
      localStorage.removeItem(NAME);
      delete document.documentElement.dataset.theme;
    } else {
      localStorage.setItem(NAME, next);
      document.documentElement.dataset.theme = next;
    }
    setTheme(next);
  }

  return (
    <button
      type="button"
      class="quiet frame-theme"
      aria-label={label}
      title={label}
      onClick={change}
    >
      <svg viewBox="0 0 20 20" aria-hidden="true">
        <path d={PICTURES[theme]} />
      </svg>
    </button>
  );
}

function chosen(): Theme {
  const { theme } = document.documentElement.dataset;
  return theme === "light" || theme === "dark" ? theme : "system";
}
