package frontend

import (
	"io/fs"
	"mime"
	"path"

	"github.com/gin-gonic/gin"
)

// assetsLevel is how well static files are compressed: once, so better than pages are.
const assetsLevel = 8

// readAssets reads the static files. Each has a tag that changes with its contents.
func readAssets() map[string]body {
	z := &zipper{level: assetsLevel}
	assets := map[string]body{}
	err := fs.WalkDir(staticFiles, "static", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := staticFiles.ReadFile(name)
		kind := mime.TypeByExtension(path.Ext(name))
		if kind == "" {
			kind = "text/plain; charset=utf-8"
		}
		assets["/"+name] = z.body(kind, text)
		return err
	})
	if err != nil {
		panic(err) // the files are embedded
	}
	return assets
}

// asset is the address of a static file, which may be kept for ever.
func (p *Pages) asset(name string) string { return name + "?v=" + p.assets[name].tag }

// static serves the embedded files.
func (p *Pages) static(c *gin.Context) {
	file, ok := p.assets[path.Join("/static", path.Clean("/"+c.Param("path")))]
	if !ok {
		p.NotFound(c)
		return
	}
	secure(c)
	c.Header("Cache-Control", "public, max-age=3600")
	if c.Query("v") == file.tag {
		c.Header("Cache-Control", "public, max-age=31536000, immutable")
	}
	file.send(c)
}
