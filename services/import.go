package services

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// MostImport bounds a file that is sent to a server; the command line takes larger ones.
const MostImport = 64 << 20

// importJob works an import: its check, or its load.
type importJob struct {
	Import uuid.UUID `json:"import"`
}

// Kind names the job.
func (importJob) Kind() string { return "import" }

// workImport hands the job to whoever reads files; see Settings.
func (s *Services) workImport(ctx context.Context, job importJob) error {
	if s.importer == nil {
		return models.Errorf(models.ErrInvalid, "This instance does not import files.")
	}
	return s.importer(ctx, s, job.Import)
}

// StartImport keeps a file and has a job check it: its dry run. options are JSON.
func (s *Services) StartImport(ctx context.Context, by models.Actor, name string, content []byte, options string) (models.Import, error) {
	if err := require(by, ActionPropose); err != nil {
		return models.Import{}, err
	}
	clean, problem := models.CleanText(name)
	if problem != "" || clean == "" || len(clean) > 300 {
		return models.Import{}, models.Errorf(models.ErrInvalid, "Give the file a name of 1 to 300 letters.")
	}
	if len(content) == 0 {
		return models.Import{}, models.Errorf(models.ErrInvalid, "The file is empty. Choose another one.")
	}
	if len(content) > MostImport {
		return models.Import{}, models.Errorf(models.ErrInvalid, "The file has more than %d MB. Split it, or have whoever runs this Plumbline import it from the command line.", MostImport>>20)
	}
	now := s.now()
	row := models.Import{ID: newID(), AccountID: by.Account, Name: clean, Content: content, Options: options, Status: models.ImportChecking, CreatedAt: now, ChangedAt: now}
	return row, s.db.Transaction(ctx, func(tx *gorm.DB) error {
		if err := tx.Create(&row).Error; err != nil {
			return fmt.Errorf("keep import: %w", err)
		}
		return s.enqueue(tx, importJob{row.ID}, nil)
	})
}

// ContinueImport has a job check an import again with other options, or load it: ErrConflict when
// one is under way, or when it was loaded.
func (s *Services) ContinueImport(ctx context.Context, by models.Actor, id uuid.UUID, options string, load bool) (row models.Import, err error) {
	err = s.db.Transaction(ctx, func(tx *gorm.DB) error {
		if row, err = findImport(tx, by, id); err != nil {
			return err
		}
		switch {
		case row.Status.Running():
			return models.Errorf(models.ErrConflict, "This import is being worked on. Wait until that is done.")
		case row.Status == models.ImportLoaded:
			return models.Errorf(models.ErrConflict, "This import was loaded. Import the file once more if it has changed.")
		case load && row.Status != models.ImportChecked:
			return models.Errorf(models.ErrConflict, "This import could not be read. Look at what is wrong, and check it again.")
		}
		row.Status, row.Options, row.Stage, row.Problem, row.ChangedAt = models.ImportChecking, options, "", "", s.now()
		if load {
			row.Status = models.ImportLoading
		}
		changed := tx.Model(&row).Select("status", "options", "stage", "problem", "changed_at").Updates(&row)
		if changed.Error != nil {
			return fmt.Errorf("continue import %s: %w", id, changed.Error)
		}
		return s.enqueue(tx, importJob{row.ID}, nil)
	})
	return row, err
}

// Import gives an import of the actor's own: ErrNotFound when there is none.
func (s *Services) Import(ctx context.Context, by models.Actor, id uuid.UUID) (models.Import, error) {
	return findImport(s.db.Write(ctx), by, id)
}

func findImport(tx *gorm.DB, by models.Actor, id uuid.UUID) (models.Import, error) {
	if err := require(by, ActionPropose); err != nil {
		return models.Import{}, err
	}
	var row models.Import
	found := tx.Limit(1).Find(&row, "id = ? AND account_id = ?", id, by.Account)
	if found.Error == nil && found.RowsAffected == 0 {
		return row, models.Errorf(models.ErrNotFound, "There is no import with the id %s among yours.", id)
	}
	return row, wrap(found.Error, "read import %s", id)
}

// mostImports is how many imports a list shows.
const mostImports = 50

// Imports lists the actor's own imports, newest first, without their files; the last 50.
func (s *Services) Imports(ctx context.Context, by models.Actor) ([]models.Import, error) {
	if err := require(by, ActionPropose); err != nil {
		return nil, err
	}
	var rows []models.Import
	err := s.db.Write(ctx).Omit("content", "errors", "report").Order("id DESC").Limit(mostImports).Find(&rows, "account_id = ?", by.Account).Error
	return rows, wrap(err, "list imports")
}

// ImportAtWork gives an import that a job works, with who asked for it.
func (s *Services) ImportAtWork(ctx context.Context, id uuid.UUID) (models.Import, models.Actor, error) {
	var row models.Import
	if err := s.db.Write(ctx).First(&row, "id = ?", id).Error; err != nil {
		return row, models.Actor{}, fmt.Errorf("read import %s: %w", id, err)
	}
	var account models.Account
	if err := s.db.Write(ctx).First(&account, "id = ?", row.AccountID).Error; err != nil {
		return row, models.Actor{}, fmt.Errorf("read the account of import %s: %w", id, err)
	}
	if account.SuspendedAt != nil {
		return row, models.Actor{}, models.Errorf(models.ErrInvalid, "The account that imports was suspended.")
	}
	return row, ActorOf(account), nil
}

// SaveImport keeps how far an import has come, what was found, or what became of it. What is
// loaded needs its file no more.
func (s *Services) SaveImport(ctx context.Context, row models.Import) error {
	row.ChangedAt = s.now()
	columns := []string{"status", "options", "stage", "done", "total", "report", "errors", "problem", "changeset_id", "changed_at"}
	if row.Status == models.ImportLoaded {
		row.Content = []byte{}
		columns = append(columns, "content")
	}
	return wrap(s.db.Write(ctx).Model(&row).Select(columns).Updates(&row).Error, "save import %s", row.ID)
}

// RememberMapping keeps what was chosen for the columns under a header, for the actor's group.
func (s *Services) RememberMapping(ctx context.Context, by models.Actor, header, options string) error {
	if err := require(by, ActionPropose); err != nil {
		return err
	}
	return s.db.Transaction(ctx, func(tx *gorm.DB) error {
		if err := tx.Delete(&models.ImportMapping{}, "owner_id = ? AND header = ?", ownerOf(by), header).Error; err != nil {
			return fmt.Errorf("forget mapping: %w", err)
		}
		row := models.ImportMapping{OwnerID: ownerOf(by), Header: header, Options: options, ChangedAt: s.now()}
		return wrap(tx.Create(&row).Error, "remember mapping")
	})
}

// Mapping gives what the actor's group chose last for the columns under a header; "" when it chose
// nothing.
func (s *Services) Mapping(ctx context.Context, by models.Actor, header string) (string, error) {
	var row models.ImportMapping
	found := s.db.Write(ctx).Limit(1).Find(&row, "owner_id = ? AND header = ?", ownerOf(by), header)
	return row.Options, wrap(found.Error, "look up mapping")
}

// ownerOf names whose mappings an actor uses: the group's, or the account's own without one.
func ownerOf(by models.Actor) uuid.UUID {
	if by.Group != uuid.Nil {
		return by.Group
	}
	return by.Account
}
