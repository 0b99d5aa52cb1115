package outbound

import (
	"context"
	"errors"
	"net"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	gomail "github.com/wneessen/go-mail"

	"plumbline/models"
	"plumbline/services"
)

// MailSettings say through which server letters go.
type MailSettings struct {
	// Server is smtp://USER:PASSWORD@HOST:PORT, which must offer STARTTLS unless it is this very
	// machine, or smtps://… for TLS from the start. The ports are 587 and 465 when left out.
	Server string
	// From is the address from which letters come, perhaps with a name: "Plumbline <mail@…>".
	From string
}

// mailTime bounds the sending of one letter.
const mailTime = 30 * time.Second

// Mailer sends letters through one mail server, which its operator chose: unlike Client's, its
// address need not be public. It may be used by many at once.
type Mailer struct {
	host    string
	from    *mail.Address
	tls     bool // from the start
	options []gomail.Option
}

// NewMailer reads the settings: ErrInvalid says what is wrong with them, and repeats no password.
func NewMailer(settings MailSettings) (*Mailer, error) {
	server, err := url.Parse(settings.Server)
	if err != nil || server.Hostname() == "" || server.Scheme != "smtp" && server.Scheme != "smtps" || strings.Trim(server.Path, "/") != "" {
		return nil, models.Errorf(models.ErrInvalid, "--smtp is no mail server. Write smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST:465.")
	}
	from, err := mail.ParseAddress(settings.From)
	if err != nil {
		return nil, models.Errorf(models.ErrInvalid, "--mail-from is no mail address. Write one such as plumbline@example.org.")
	}

	m := &Mailer{host: server.Hostname(), from: from, tls: server.Scheme == "smtps", options: []gomail.Option{gomail.WithTimeout(mailTime)}}
	port := map[string]int{"smtp": 587, "smtps": 465}[server.Scheme]
	if text := server.Port(); text != "" {
		if port, err = strconv.Atoi(text); err != nil || port < 1 || port > 65535 {
			return nil, models.Errorf(models.ErrInvalid, "--smtp has no port from 1 to 65535.")
		}
	}
	m.options = append(m.options, gomail.WithPort(port))
	switch {
	case m.tls:
		m.options = append(m.options, gomail.WithSSL())
	case isThisMachine(m.host):
		m.options = append(m.options, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	default:
		m.options = append(m.options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if password, given := server.User.Password(); given {
		m.options = append(m.options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(server.User.Username()), gomail.WithPassword(password))
	}
	return m, nil
}

func isThisMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Mail sends a letter; see services.Mailer.
func (m *Mailer) Mail(ctx context.Context, letter services.Letter) error {
	message, err := m.message(letter)
	if err != nil {
		return err
	}
	var connection net.Conn
	defer func() {
		if connection != nil {
			connection.Close() // the library leaves it open where the server offers no TLS
		}
	}()
	options := slices.Clone(m.options)
	if !m.tls {
		options = append(options, gomail.WithDialContextFunc(func(ctx context.Context, network, address string) (_ net.Conn, err error) {
			connection, err = new(net.Dialer).DialContext(ctx, network, address)
			return connection, err
		}))
	}
	client, err := gomail.NewClient(m.host, options...)
	if err != nil {
		return models.Errorf(models.ErrUnreachable, "The mail server cannot be used as it is set: %v.", err)
	}
	err = client.DialAndSendWithContext(ctx, message)
	var refused *gomail.SendError
	switch {
	case err == nil || message.IsDelivered(): // what went wrong later is no reason to send it twice
		return nil
	case errors.As(err, &refused) && refused.Reason == gomail.ErrSMTPRcptTo && !refused.IsTemp():
		return models.Errorf(models.ErrInvalid, "The mail server does not take letters to this address.")
	}
	return models.Errorf(models.ErrUnreachable, "The letter could not be handed to the mail server: %v.", err)
}

// message writes a letter as a mail.
func (m *Mailer) message(letter services.Letter) (*gomail.Msg, error) {
	to, err := mail.ParseAddress(letter.To)
	if err != nil {
		return nil, models.Errorf(models.ErrInvalid, "This is no mail address to send a letter to.")
	}
	message := gomail.NewMsg()
	message.FromMailAddress(m.from)
	message.ToMailAddress(&mail.Address{Address: to.Address})
	message.Subject(letter.Subject)
	message.SetDate()
	message.SetMessageIDWithValue(uuid.NewString() + m.from.Address[strings.LastIndexByte(m.from.Address, '@'):]) // not the machine's own name
	message.SetGenHeader("Auto-Submitted", "auto-generated")                                                      // nobody's absence note answers it (RFC 3834)
	if letter.Unsubscribe != "" {
		message.SetGenHeader(gomail.HeaderListUnsubscribe, "<"+letter.Unsubscribe+">")
		message.SetGenHeader(gomail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click") // RFC 8058
	}
	message.SetBodyString(gomail.TypeTextPlain, letter.Text)
	return message, nil
}
