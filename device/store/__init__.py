"""The wallet's rows on a sealed file: schemas, migrations, and the typed store over them."""
