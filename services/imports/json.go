package imports

import "context"

func (c *content) readJSON(ctx context.Context, f File, opts *settings) error { return refused("x") }
