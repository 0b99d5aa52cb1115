package services

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// ContributorGroupView is a group that contributes, with how many accounts belong to it.
type ContributorGroupView struct {
	models.ContributorGroup
	Members int
}

// ContributorGroups lists the groups that contribute, by name.
func (s *Services) ContributorGroups(ctx context.Context, by models.Actor) ([]ContributorGroupView, error) {
	if err := require(by, ActionGroups); err != nil {
		return nil, err
	}
	var views []ContributorGroupView
	err := groupViews(s.db.Write(ctx)).Order("g.name, g.id").Limit(1000).Scan(&views).Error
	return views, wrap(err, "list groups")
}

func groupViews(tx *gorm.DB) *gorm.DB {
	return tx.Table("contributor_groups g").Select("g.*, (SELECT count(*) FROM accounts a WHERE a.group_id = g.id) AS members")
}

// CreateGroup makes a group that contributes. ErrConflict when its name is taken.
func (s *Services) CreateGroup(ctx context.Context, by models.Actor, name string) (ContributorGroupView, error) {
	if err := require(by, ActionGroups); err != nil {
		return ContributorGroupView{}, err
	}
	clean, problem := cleanName(name)
	if problem != "" {
		return ContributorGroupView{}, accountProblems([]models.Problem{{Pointer: "/name", Message: problem}})
	}
	group := models.ContributorGroup{ID: newID(), Name: clean, CreatedAt: s.now()}
	if err := s.db.Write(ctx).Create(&group).Error; err != nil {
		return ContributorGroupView{}, takenName(err, "group", clean)
	}
	return ContributorGroupView{ContributorGroup: group}, nil
}

// RenameGroup gives a group another name. Histories show the new one, for what was written before
// too. ErrConflict when it is taken.
func (s *Services) RenameGroup(ctx context.Context, by models.Actor, id uuid.UUID, name string) (ContributorGroupView, error) {
	if err := require(by, ActionGroups); err != nil {
		return ContributorGroupView{}, err
	}
	clean, problem := cleanName(name)
	if problem != "" {
		return ContributorGroupView{}, accountProblems([]models.Problem{{Pointer: "/name", Message: problem}})
	}
	renamed := s.db.Write(ctx).Model(&models.ContributorGroup{}).Where("id = ?", id).Update("name", clean)
	if renamed.Error != nil {
		return ContributorGroupView{}, takenName(renamed.Error, "group", clean)
	}
	s.bylines.Add(1)
	var views []ContributorGroupView
	if err := groupViews(s.db.Write(ctx)).Where("g.id = ?", id).Scan(&views).Error; err != nil {
		return ContributorGroupView{}, fmt.Errorf("read a group: %w", err)
	}
	if len(views) == 0 {
		return ContributorGroupView{}, models.Errorf(models.ErrNotFound, "There is no group with this id.")
	}
	return views[0], nil
}

// cleanName cleans the name of an account or group: one line of at most 100 letters that nobody
// takes for the pseudonym of somebody else.
func cleanName(name string) (clean, problem string) {
	clean, problem = models.CleanText(name)
	switch {
	case problem != "" || clean == "" || len([]rune(clean)) > 100 || strings.ContainsAny(clean, "\n\t"):
		return "", "Give a name of 1 to 100 letters on one line."
	case models.IsPseudonym(clean):
		return "", "Choose a name that does not look like those of people who stay unnamed."
	}
	return clean, ""
}

// takenName translates the error of a name that has to be the only one.
func takenName(err error, noun, name string) error {
	if !errors.Is(err, gorm.ErrDuplicatedKey) {
		return fmt.Errorf("store %s: %w", noun, err)
	}
	article := map[string]string{"account": "an", "group": "a"}[noun]
	return models.Errorf(models.ErrConflict, "There is %s %s named %q already. Choose another name.", article, noun, name).About(0, "/name")
}
