import { useEffect, useState } from "preact/hooks";

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

  function show(to: Theme) {
    if (to === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = to;
    setTheme(to);
  }

  function change() {
    if (next === "system") localStorage.removeItem(NAME);
    else localStorage.setItem(NAME, next);
    show(next);
  }

  useEffect(() => {
    // The choice of another tab. The name is null if that tab removed everything.
    const follow = ({ key }: StorageEvent) => {
      if (key === NAME || key === null) show(stored());
    };
    addEventListener("storage", follow);
    return () => removeEventListener("storage", follow);
  }, []);

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
  return asTheme(document.documentElement.dataset.theme);
}

function stored(): Theme {
  return asTheme(localStorage.getItem(NAME));
}

function asTheme(value: string | null | undefined): Theme {
  return value === "light" || value === "dark" ? value : "system";
}
