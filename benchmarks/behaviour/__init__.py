"""How the whole face behaves over minutes of speech and of silence, beside figures of people.

`material` makes the voices, `acting` their feelings, `performed` runs the engine; `lids`, `eyes`,
`heads`, `following`, `moods`, `manners`, `lips` and `cost` measure one thing each and answer with
`people.Finding`; `bench` puts them together, `plots` and `sheet` show them.
"""
