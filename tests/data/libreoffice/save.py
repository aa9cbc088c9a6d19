"""Makes the error file, and opens and saves it by LibreOffice of several locales; see README.md beside this file."""

import csv
import io
import re
import subprocess
import tempfile
from pathlib import Path

from tests.support.fakes.world import World

FOLDER = Path(__file__).parent
LOCALES = ("en-US", "de-DE", "fr-FR", "it-IT", "es-ES", "nl-NL", "da-DK", "tr-TR", "pt-BR")
SENT = {"comma": ",", "semicolon": ";", "tab": "\t"}
"""The separator of the error file that is opened."""
_THOUSAND = re.compile(r"^[1-9][0-9]{0,2}\.[0-9]{3}$")
_CSV = "Text - txt - csv (StarCalc)"
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale"><value>{}</value></prop></item>
</oor:items>
"""


def sent(delimiter: str) -> bytes:
    """Return the file that is dropped first, by any delimiter."""
    rows = list(csv.reader(io.StringIO((FOLDER / "sent.csv").read_text())))
    if delimiter == ";":  # where a value such as 1.234 could be a thousand already
        rows = [[_THOUSAND.sub(r"\g<0>0", cell) for cell in row] for row in rows]
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode()


def save() -> None:
    """Write `<locale>/<opened>_<saved>.csv` for each locale, and separators of what is opened and saved."""
    for name, delimiter in SENT.items():
        error_file = World().ingest(sent(delimiter), "uploads/sent.csv").error_file
        (FOLDER / f"error_file_{name}.csv").write_bytes(error_file or b"")
    for locale in LOCALES:
        (FOLDER / locale).mkdir(exist_ok=True)
        for opened, saved in (("comma", "comma"), ("comma", "semicolon"), ("semicolon", "semicolon"), ("tab", "tab")):
            source = FOLDER / f"error_file_{opened}.csv"
            (FOLDER / locale / f"{opened}_{saved}.csv").write_bytes(_converted(source, locale, opened, saved))


def _converted(source: Path, locale: str, opened: str, saved: str) -> bytes:
    """Open a file as the import dialog of a fresh profile does if it is just confirmed, and save it as shown."""
    with tempfile.TemporaryDirectory() as folder:
        profile = Path(folder) / "profile" / "user"
        profile.mkdir(parents=True)
        (profile / "registrymodifications.xcu").write_text(_SETTINGS.format(locale))
        # Separator, quote, UTF-8, first line, no column formats; nothing of a language: that of the profile.
        tokens = [f"{ord(SENT[each])},34,76,1" for each in (opened, saved)]
        subprocess.run(
            [
                *("soffice", "--headless", f"-env:UserInstallation=file://{profile.parent}"),
                *(f"--infilter=CSV:{tokens[0]}", "--convert-to", f"csv:{_CSV}:{tokens[1]},,,false,true"),
                *("--outdir", folder, str(source)),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return (Path(folder) / source.name).read_bytes()


if __name__ == "__main__":
    save()
