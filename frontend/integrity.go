package frontend

import (
	"encoding/base64"
	"errors"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"plumbline/models"
	"plumbline/services"
)

// integrityPage says how anybody can check that nothing was changed behind their back.
type integrityPage struct {
	layout
	// Size is the number of entries; 0 for an empty log.
	Size int64
	At   time.Time
	Root string
	// Note is the signed checkpoint, as it is to be kept.
	Note string
	// Keys are those that sign the log, the present one first.
	Keys []keyLine
}

// keyLine is one of the keys that sign the log.
type keyLine struct {
	Key string
	// Since is the first entry whose checkpoint it signs.
	Since int64
	At    time.Time
	// How says how it came to sign, and Lost that it was not handed over.
	How  *text
	Lost bool
	// Reason is what the operator said; Statement is what was signed.
	Reason, Statement string
}

func (p *Pages) integrity(c *gin.Context) (view, error) {
	if err := withoutParameters(c); err != nil {
		return view{}, err
	}
	data := &integrityPage{layout: plainLayout("/integrity", say("Integrity"), "/api/v1/log/checkpoint")}
	keys, err := p.services.LogKeys(c.Request.Context())
	if err != nil {
		return view{}, err
	}
	for _, k := range slices.Backward(keys) {
		data.Keys = append(data.Keys, keyLine{Key: k.PublicKey, Since: k.FromSize + 1, At: k.At, How: keyWords[k.How], Lost: k.How == models.KeyLost, Reason: k.Reason, Statement: k.Statement})
	}
	// A handover is no publication, so the page is not kept until the next one.
	head, err := p.services.Checkpoint(c.Request.Context())
	var none *models.Error
	if errors.As(err, &none) && none.Kind == models.ErrNotFound {
		return view{template: "integrity", data: data, passing: true}, nil
	}
	data.Size, data.At, data.Note = head.Size, head.At, head.Note
	data.Root = base64.StdEncoding.EncodeToString(head.Root)
	return view{template: "integrity", data: data, passing: true}, err
}

// keyWords say how a key came to sign the log.
var keyWords = map[models.KeyOrigin]*text{
	models.KeyFirst:      say("The log began with it."),
	models.KeyHandedOver: say("The key before signed that this one follows it."),
	models.KeyLost:       say("Not handed over: the key before was declared lost. Nothing but the word of who runs this site ties this key to the log before it."),
}

// dataPage says how to get all of the data, and what it is.
type dataPage struct {
	layout
	Wholes []wholeFile
	Lists  []dataList
	Size   int64
	At     time.Time
	Note   string
}

// dataList is one list with its whole contents as files.
type dataList struct {
	Name  *text
	Page  string
	Count int64
	// API is the address of the list as JSON, by pages.
	API string
}

func (p *Pages) data(c *gin.Context) (view, error) {
	if err := withoutParameters(c); err != nil {
		return view{}, err
	}
	stats, err := p.services.Stats(c.Request.Context(), services.Moment{})
	if err != nil {
		return view{}, err
	}
	data := &dataPage{layout: plainLayout("/data", say("Data"), "/api/v1/stats"), Size: stats.Size, At: stats.At, Wholes: wholeFiles("", stats.Entities[string(models.KindContract)] > 0)}
	for _, kind := range models.EntityKinds().Values() {
		plural := plurals[models.EntityKind(kind)]
		data.Lists = append(data.Lists, dataList{kindTitles[models.EntityKind(kind)], "/" + plural, stats.Entities[kind], apiAddress("/entities", map[string][]string{"kind": {kind}})})
	}
	data.Lists = append(data.Lists,
		dataList{say("Supplies"), "/supplies", stats.Links[string(models.SuppliedTo)], apiAddress("/relationships", map[string][]string{"type": {string(models.SuppliedTo)}})},
		dataList{say("Status changes"), "/status-changes", stats.Records[string(models.TypeStatusChange)], apiAddress("/status-changes", nil)},
		dataList{say("Claims and answers"), "/claims", stats.Records[string(models.TypeClaim)], apiAddress("/claims", nil)},
		dataList{say("Questions, demands and commitments"), "/open-items", stats.Records[string(models.TypeOpenItem)], apiAddress("/open-items", nil)},
		dataList{say("Sources"), "/sources", stats.Records[string(models.TypeSource)], apiAddress("/sources", nil)})
	return view{template: "data", data: data}, nil
}

// withoutParameters refuses parameters of a page that has none.
func withoutParameters(c *gin.Context) error {
	if len(c.Request.URL.Query()) > 0 {
		return models.Errorf(models.ErrInvalid, "This page takes no parameters.")
	}
	return nil
}

// Files reports whether lists can be had as files.
func (d dataList) Files() []string { return []string{"csv", "xlsx", "json", "ndjson"} }
