package main

import (
	"runtime/debug"
)

// Settings are what every command needs to know, by flag or by PLUMBLINE_… variable.
type Settings struct {
	Database       string   `help:"Where the records are kept: sqlite:PATH or postgres://…" default:"sqlite:plumbline.db" env:"PLUMBLINE_DATABASE" placeholder:"URL"`
	Replica        []string `help:"A PostgreSQL streaming replica for reads; repeat the flag for more." env:"PLUMBLINE_REPLICA" placeholder:"URL" sep:","`
	LogKey         string   `help:"File with the key that signs the log. Default: beside the SQLite file, with .key; of a PostgreSQL database NAME, plumbline/NAME.key in $XDG_STATE_HOME or ~/.local/state." env:"PLUMBLINE_LOG_KEY" placeholder:"PATH"`
	Fetch          string   `help:"Whether pages that members name are fetched: on or off." default:"on" enum:"on,off" env:"PLUMBLINE_FETCH"`
	Receiver       []string `help:"An address with its port on your own network to which webhooks may be sent, such as 10.0.0.5:8080; repeat the flag for more. All others must be public." env:"PLUMBLINE_RECEIVER" placeholder:"ADDRESS" sep:","`
	URL            string   `help:"Where people reach the site, such as https://plumbline.example: for links in mails, feeds and previews, for passkeys, and to tell what may ask without TLS." env:"PLUMBLINE_URL" placeholder:"URL"`
	TrustedProxy   []string `help:"The address, or range of addresses, of a web server in front, whose X-Forwarded-For says where requests come from; repeat the flag for more. Addresses slow down who guesses passwords." default:"127.0.0.1,::1" env:"PLUMBLINE_TRUSTED_PROXY" placeholder:"ADDRESS" sep:","`
	SMTP           string   `name:"smtp" help:"The mail server: smtp://USER:PASSWORD@HOST:587 or smtps://…:465; needs --url and --mail-from. Without it nothing is mailed." env:"PLUMBLINE_SMTP" placeholder:"URL"`
	MailFrom       string   `help:"The address from which mails come." env:"PLUMBLINE_MAIL_FROM" placeholder:"ADDRESS"`
	OpenIDIssuer   string   `name:"openid-issuer" help:"The OpenID provider by which members may sign in who linked it, such as https://login.example.org; needs --url." env:"PLUMBLINE_OPENID_ISSUER" placeholder:"URL"`
	OpenIDClient   string   `name:"openid-client" help:"What this site is called there." env:"PLUMBLINE_OPENID_CLIENT" placeholder:"ID"`
	OpenIDSecret   string   `name:"openid-secret" help:"The secret that the provider gave for it; set it by the environment, since arguments are seen by everybody on the machine." env:"PLUMBLINE_OPENID_SECRET" placeholder:"SECRET"`
	Evidence       string   `help:"Where files of evidence are kept: a folder, or s3://HOST/BUCKET/PREFIX. Default: beside the SQLite file, with .evidence; of a PostgreSQL database NAME, plumbline/NAME.evidence in $XDG_STATE_HOME or ~/.local/state." env:"PLUMBLINE_EVIDENCE" placeholder:"PATH"`
	EvidenceKey    string   `help:"The key for a store that speaks S3." env:"PLUMBLINE_EVIDENCE_KEY" placeholder:"KEY"`
	EvidenceSecret string   `help:"Its secret; set it by the environment, since arguments are seen by everybody on the machine." env:"PLUMBLINE_EVIDENCE_SECRET" placeholder:"SECRET"`
	LogLevel       string   `help:"How much is logged: debug, info, warn or error." default:"info" enum:"debug,info,warn,error" env:"PLUMBLINE_LOG_LEVEL"`
}

// commands are the program's commands with their settings.
type commands struct {
	Settings

	Demo        demoCommand        `cmd:"" help:"Start with the first case on an SQLite file: the quickest way to look around."`
	Serve       serveCommand       `cmd:"" help:"Serve the dashboard and the API."`
	Migrate     migrateCommand     `cmd:"" help:"Bring the database to this program's schema."`
	Seed        seedCommand        `cmd:"" help:"Load the first case; a second time changes nothing."`
	Import      importCommand      `cmd:"" help:"Import a file: CSV, XLSX, OCDS, FollowTheMoney, BODS or Plumbline records."`
	Report      reportCommand      `cmd:"" help:"Take an article in by its address or text, print what it says about the records, and draft it."`
	Export      exportCommand      `cmd:"" help:"Write the records to a file or to standard output."`
	Backup      backupCommand      `cmd:"" help:"Write a backup of a database that may be in use, without the log's key."`
	Restore     restoreCommand     `cmd:"" help:"Make a database of a backup, and verify it."`
	Verify      verifyCommand      `cmd:"" help:"Check the whole database against its log, offline."`
	Key         keyCommand         `cmd:"" help:"Look after the key that signs the log: show, list, rotate it."`
	User        userCommand        `cmd:"" help:"Look after accounts: make, list, reset, suspend them."`
	Openapi     openapiCommand     `cmd:"" name:"openapi" help:"Print the OpenAPI document of the API."`
	Healthcheck healthcheckCommand `cmd:"" help:"Ask a running server whether it is ready; for containers."`
	Version     versionCommand     `cmd:"" help:"Print the version."`
}

// Address is where a command serves.
type Address struct {
	Addr string `help:"Address to listen on." default:"127.0.0.1:8080" env:"PLUMBLINE_ADDR"`
}

type demoCommand struct {
	Address
}

type serveCommand struct {
	Address
}

type migrateCommand struct{}

type seedCommand struct{}

type verifyCommand struct {
	Checkpoint string `help:"File with an older signed checkpoint, which the log must still begin with." type:"existingfile"`
	PublicKey  string `help:"File with public keys that you trust, one a line: every key of the log must be one of them, or be tied to one by handovers." type:"existingfile"`
}

type importCommand struct {
	File          string            `arg:"" help:"The file to import." type:"path"`
	DryRun        bool              `help:"Say what would be entered, and enter nothing."`
	ValidRowsOnly bool              `help:"Enter the rows that are right when others are wrong; otherwise all or nothing."`
	Table         string            `help:"What the rows of a table are: entities, names, identifiers, relationships, status_changes, claims, sources, open_items or littlesis." placeholder:"TABLE"`
	Column        map[string]string `help:"Say by hand which field a column fills." placeholder:"HEADER=FIELD" mapsep:"none"`
	Set           map[string]string `help:"A value for every row that has none of its own." placeholder:"FIELD=VALUE" mapsep:"none"`
	Choose        map[string]string `help:"Decide a doubt: the id of the entity that is meant, or new." placeholder:"KEY=ID" mapsep:"none"`
	InDoubt       string            `help:"What becomes of other doubts: ask leaves them out, match takes an only candidate, new enters anew." enum:"ask,match,new" default:"ask"`
	Retracted     string            `help:"What becomes of rows whose records were retracted: ask enters nothing, restore has them stand again, leave leaves them out." enum:"ask,restore,leave" default:"ask"`
	Delimiter     string            `help:"What stands between the cells of a CSV; found out by itself." placeholder:"SIGN"`
	Dates         string            `help:"The order of dates of numbers alone: dmy or mdy." enum:",dmy,mdy" default:"" placeholder:"ORDER"`
	Edit          string            `help:"Why records are changed: corrected or world_changed." enum:"corrected,world_changed" default:"corrected"`
	Source        string            `help:"The id of the source that rows come from which name none. A file is no source by itself: without this or a title or address, such rows are marked as imported without a source." placeholder:"ID"`
	SourceTitle   string            `help:"Title of the source that rows come from which name none, where it is a new one." placeholder:"TITLE"`
	SourceURL     string            `help:"Its address." name:"source-url" placeholder:"URL"`
	SourceKind    string            `help:"What it is: article, report, dataset …; a dataset when left out." placeholder:"KIND"`
	Errors        string            `help:"Where to write the rows that are wrong; beside the file when left out." placeholder:"PATH" type:"path"`
	Account       string            `help:"The account that imports." default:"Command line"`
}

type reportCommand struct {
	Article   string   `arg:"" help:"The address of an article, a file with its text or page, or - for standard input."`
	URL       string   `help:"The address of an article that is given as a file." name:"source-url" placeholder:"URL"`
	Title     string   `help:"Its title; otherwise as the page says, or the first line." placeholder:"TITLE"`
	Publisher string   `help:"Who published it." placeholder:"NAME"`
	Author    []string `help:"Who wrote it; repeat the flag for more." placeholder:"NAME" sep:"none"`
	Published string   `help:"The day on which it was published; dates in the text count from it." placeholder:"DATE"`
	Take      []string `help:"What goes into a draft: a kind of suggestion (status, claim, name or unknown) or the key of one." placeholder:"KIND|KEY"`
	Account   string   `help:"The account whose draft it is." default:"Command line"`
}

type exportCommand struct {
	Format string   `help:"ndjson, ftm, ocds, graphml, gexf, jsonld, csv, xlsx or sqlite." default:"ndjson" placeholder:"FORMAT"`
	Case   string   `help:"Only this case and what involves its members." placeholder:"SLUG"`
	List   string   `help:"Only this list and what its records point at: entities, relationships, status-changes, claims, sources or open-items." placeholder:"LIST"`
	Filter []string `help:"A filter of the list, such as status=disabled, as the API has it; repeat the flag for more." placeholder:"NAME=VALUE" sep:"none"`
	Site   string   `help:"Address under which the records are served, for formats that name pages." placeholder:"URL"`
	Output string   `help:"Where to write; standard output when left out." short:"o" placeholder:"PATH" type:"path"`
}

type backupCommand struct {
	File string `arg:"" help:"Where to write it: a new file." type:"path"`
}

type restoreCommand struct {
	File string `arg:"" help:"The backup." type:"existingfile"`
}

type openapiCommand struct{}

type healthcheckCommand struct {
	Address
}

type versionCommand struct{}

// version is what the build knows of itself.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "development build"
	}
	return info.Main.Version
}
