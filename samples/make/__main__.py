"""`python -m samples.make`: write every sample file again."""

from samples.make import faces, letters, postcards, table_talk
from samples.make.voices import SAMPLES

for source in (letters, postcards, table_talk, faces):
    for name, data in source.make().items():
        path = SAMPLES / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
