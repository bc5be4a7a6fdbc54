"""How well a face reads: what its lips do, held against the phones that were said.

``clips`` are the sounds and their labels, ``conditions`` what happens to a sound on its way,
``systems`` and ``peers`` make lips of it, ``measures`` judges them, ``bench`` puts it together.
docs/lipsync.md tells what each figure means.
"""
