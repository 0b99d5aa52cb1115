package outbound_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strings"
	"testing"

	"plumbline/models"
	"plumbline/outbound"
	"plumbline/services"
)

// postOffice is a mail server that takes one letter, or refuses its reader.
type postOffice struct {
	address string
	letter  chan string
}

func openPostOffice(t *testing.T, refuses string) postOffice {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	office := postOffice{listener.Addr().String(), make(chan string, 1)}
	done := make(chan struct{})
	t.Cleanup(func() { listener.Close(); <-done })
	go func() {
		defer close(done)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		office.letter <- converse(conn, refuses)
	}()
	return office
}

// converse speaks SMTP as far as one letter needs it, and gives what was sent.
func converse(conn net.Conn, refuses string) string {
	var sent strings.Builder
	lines := bufio.NewScanner(conn)
	fmt.Fprint(conn, "220 office\r\n")
	for data := false; lines.Scan(); {
		line := lines.Text()
		sent.WriteString(line + "\n")
		switch verb, _, _ := strings.Cut(line, " "); {
		case data && line == ".":
			data = false
			fmt.Fprint(conn, "250 taken\r\n")
		case data:
		case verb == "DATA":
			data = true
			fmt.Fprint(conn, "354 go on\r\n")
		case verb == "RCPT" && refuses != "":
			fmt.Fprint(conn, refuses+"\r\n")
		case verb == "QUIT":
			fmt.Fprint(conn, "221 bye\r\n")
			return sent.String()
		default:
			fmt.Fprint(conn, "250 office\r\n")
		}
	}
	return sent.String()
}

func TestMailer_sendsALetter(t *testing.T) {
	office := openPostOffice(t, "")
	mailer, err := outbound.NewMailer(outbound.MailSettings{Server: "smtp://" + office.address, From: "Plumbline <mail@plumbline.example>"})
	if err != nil {
		t.Fatal(err)
	}
	letter := services.Letter{To: "Somebody <press@company.example>", Subject: "Confirm\r\nBcc: victim@example.org", Text: "Open this:\nhttps://plumbline.example/reply/abc", Unsubscribe: "https://plumbline.example/watches"}
	if err := mailer.Mail(context.Background(), letter); err != nil {
		t.Fatal(err)
	}
	sent := <-office.letter
	for _, want := range []string{"MAIL FROM:<mail@plumbline.example>", "RCPT TO:<press@company.example>", "https://plumbline.example/reply/abc", "Auto-Submitted: auto-generated", "List-Unsubscribe: <https://plumbline.example/watches>", "List-Unsubscribe-Post: List-Unsubscribe=One-Click"} {
		if !strings.Contains(sent, want) {
			t.Errorf("%q was not sent:\n%s", want, sent)
		}
	}
	if !regexp.MustCompile(`Message-ID: <[^>@]+@plumbline\.example>`).MatchString(sent) {
		t.Errorf("the Message-ID is not of the sender's domain:\n%s", sent)
	}
	if strings.Contains(sent, "\nBcc:") || strings.Contains(sent, "RCPT TO:<victim") {
		t.Errorf("the subject wrote a header of its own:\n%s", sent)
	}
}

func TestMailer_tellsWhetherAnotherTimeMayDo(t *testing.T) {
	for name, test := range map[string]struct {
		refuses, to string
		want        models.ErrorKind
	}{
		"no address":       {"", "nobody", models.ErrInvalid},
		"nobody there":     {"550 no such user", "x@company.example", models.ErrInvalid},
		"try again":        {"450 busy", "x@company.example", models.ErrUnreachable},
		"an injected line": {"", "x@company.example\r\nRCPT TO:<y@company.example>", models.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			office := openPostOffice(t, test.refuses)
			mailer, err := outbound.NewMailer(outbound.MailSettings{Server: "smtp://" + office.address, From: "mail@plumbline.example"})
			if err != nil {
				t.Fatal(err)
			}
			var forPeople *models.Error
			if err := mailer.Mail(context.Background(), services.Letter{To: test.to, Subject: "x", Text: "x"}); !errors.As(err, &forPeople) || forPeople.Kind != test.want {
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
}

func TestMailer_needsTLSBeyondThisMachine(t *testing.T) {
	host := ""
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range addresses {
		if ip, ok := one.(*net.IPNet); ok && !ip.IP.IsLoopback() && ip.IP.To4() != nil {
			host = ip.IP.String()
		}
	}
	if host == "" {
		t.Skip("this machine has no address but its own")
	}
	listener, err := net.Listen("tcp", host+":0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	said := make(chan string, 1)
	go func() {
		if conn, err := listener.Accept(); err == nil {
			defer conn.Close()
			said <- converse(conn, "")
		}
	}()
	mailer, err := outbound.NewMailer(outbound.MailSettings{Server: "smtp://user:secret@" + listener.Addr().String(), From: "mail@plumbline.example"})
	if err != nil {
		t.Fatal(err)
	}
	if err := mailer.Mail(context.Background(), services.Letter{To: "x@company.example", Subject: "x", Text: "x"}); err == nil {
		t.Error("a letter went over the net without TLS")
	}
	if words := <-said; strings.Contains(words, "AUTH") || strings.Contains(words, "MAIL") {
		t.Errorf("said without TLS: %s", words)
	}
}

func TestMailer_saysWhatIsWrongWithItsSettings(t *testing.T) {
	for _, settings := range []outbound.MailSettings{
		{"", "a@b.example"}, {"mail.example", "a@b.example"}, {"http://u:secret@mail.example", "a@b.example"}, {"smtp://u:secret@mail.example:99999", "a@b.example"},
		{"smtp://u:secret@mail.example/path", "a@b.example"}, {"smtp://u:secret@mail.example", "nobody"}, {"smtp://u:secret%@mail.example", "a@b.example"},
	} {
		_, err := outbound.NewMailer(settings)
		var forPeople *models.Error
		if !errors.As(err, &forPeople) || forPeople.Kind != models.ErrInvalid || strings.Contains(err.Error(), "secret") {
			t.Errorf("%v: %v", settings, err)
		}
	}
}
