// Left out: no page of ours asks for it.
