"""The players and pictures of the page `listen.md`, made from what its own commands make.

`making` runs the page's blocks, `roll` draws a score (`scale` and `rows` say where, `tints` and
`labels` in which colour and what is written), `figures` puts a piece's picture, player and facts
into HTML, and `site` is the Sphinx extension that shows them below the blocks.
"""
