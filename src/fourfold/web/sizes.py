"""How much of a body is read, said where the server in front of the site reads it too."""

#: Bytes of a body that anybody may send anywhere: a form with one long text in it.
ANYBODY = 256 * 1024
#: How the server in front asks whether a page would take so much; no request from outside can say it.
ASKED = "fourfold.would_take"
