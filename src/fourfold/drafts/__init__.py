"""Drafts: what somebody began to write and has not sent; theirs alone, sealed, and gone after two weeks."""
