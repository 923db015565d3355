"""Flags in the Django admin: every capability with its rollout, and the history, which nobody
edits.

A change asks for its reason and goes the way of every flip: history, new epoch, publication after
the commit.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin

from flags.built import check_built, share
from flags.capabilities import CAPABILITIES
from flags.errors import BadRollout, NotBuilt
from flags.models import Flag, FlagChange
from flags.rollout import Stage
from flags.snapshot import from_json
from flags.store import Author, authored, last_flip, lock_epoch, rollout_of, with_members
from flags.words import summary

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    FlagModelForm = forms.ModelForm[Flag]
    FlagModelAdmin = admin.ModelAdmin[Flag]
    ChangeModelAdmin = admin.ModelAdmin[FlagChange]
else:
    # Django's admin and forms take no type arguments when they run.
    FlagModelForm = forms.ModelForm
    FlagModelAdmin = ChangeModelAdmin = admin.ModelAdmin

__all__ = ["FlagAdmin", "FlagChangeAdmin"]


_ROLLOUT = ("everyone", "courses", "orgs", "percent", "reads_only", "shadow")


class FlagForm(FlagModelForm):
    """A row and the reason of its change; what modern does not serve is refused, as in `flip`.

    The form holds the whole rollout, so one that was opened before the last flip would undo it.
    """

    why = forms.CharField(help_text="The reason of this change; it goes into the history.")
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen"].initial = last_flip(self.instance.name)

    def clean(self) -> dict[str, Any]:
        """Refuse a page from before the last flip, and a rollout to a modern that serves nothing of
        the capability.
        """
        values = super().clean() or self.cleaned_data
        lock_epoch()  # from here to the commit nobody else flips
        name = self.instance.name
        if values.get("seen") != last_flip(name):
            self.add_error(None, f"{name} was flipped while this page was open: load it again")
        given = {name: values[name] for name in _ROLLOUT if name in values}
        users, groups = (values.get(name, ()) for name in ("users", "groups"))
        members = [user.pk for user in users], [group.name for group in groups]
        wished = Flag(name=name, salt=self.instance.salt, **given)
        with suppress(BadRollout):  # out of range: the field says so
            try:
                check_built(wished.to_rollout(members))
            except NotBuilt as error:
                self.add_error(None, str(error))
        return values


class StageFilter(admin.SimpleListFilter):
    """Show the capabilities of one stage."""

    title = "stage"
    parameter_name = "stage"

    def lookups(self, *_: Any) -> list[tuple[str, str]]:
        """Give the stages."""
        return [(stage.value, stage.value) for stage in Stage]

    def queryset(self, _: HttpRequest, queryset: QuerySet[Flag]) -> QuerySet[Flag]:
        """Keep the flags of the chosen stage; they are 40, so they are looked at one by one."""
        if self.value() is None:
            return queryset
        chosen = [flag.pk for flag in queryset if rollout_of(flag).stage == self.value()]
        return queryset.filter(pk__in=chosen)


@admin.register(Flag)
class FlagAdmin(FlagModelAdmin):
    """Rollouts. Rows are made by migrate, one per capability: none is added or deleted here."""

    form = FlagForm
    list_display = ("name", "stage", "serves", "built", "wave", "modified")
    list_filter = (StageFilter, "reads_only")
    search_fields = ("name", "note")
    ordering = ("name",)
    actions = None
    readonly_fields = ("name", "salt", "created", "modified")
    raw_id_fields = ("users",)
    filter_horizontal = ("groups",)
    fieldsets: ClassVar = [
        (None, {"fields": ("name", "why", "seen", "everyone", "reads_only", "note")}),
        ("Whom modern serves", {"fields": ("users", "groups", "courses", "orgs", "percent")}),
        ("Comparison", {"fields": ("shadow",)}),
        ("Record", {"fields": ("salt", "created", "modified"), "classes": ("collapse",)}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Flag]:
        """Read the flags with all that their rollouts say: two queries each would be a hundred."""
        return with_members(super().get_queryset(request))

    @admin.display(description="stage")
    def stage(self, flag: Flag) -> str:
        """Name the stage."""
        return rollout_of(flag).stage

    @admin.display(description="modern serves")
    def serves(self, flag: Flag) -> str:
        """Sum the rollout up."""
        return summary(rollout_of(flag))

    @admin.display(description="built")
    def built(self, flag: Flag) -> str:
        """Count the routes that modern serves."""
        return share(flag.name)

    @admin.display(description="wave")
    def wave(self, flag: Flag) -> str:
        """Give the wave of the capability; a retired one has none."""
        known = CAPABILITIES.get(flag.name)
        return str(known.wave) if known else "retired"

    def has_add_permission(self, *_: Any) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, *_: Any) -> bool:
        """Refuse: a deleted row would look like a flip back to legacy."""
        return False

    def save_model(self, request: HttpRequest, obj: Flag, form: Any, change: Any) -> None:
        """Save the row in the name of who is logged in; what is settled after the commit holds its
        users and groups too.
        """
        with authored(_author(request, form)):
            super().save_model(request, obj, form, change)


@admin.register(FlagChange)
class FlagChangeAdmin(ChangeModelAdmin):
    """The history, to be read."""

    list_display = ("epoch", "at", "who", "capability", "was", "became", "why")
    list_filter = ("capability", "who")
    search_fields = ("capability", "who", "why")
    date_hierarchy = "at"

    @admin.display(description="before")
    def was(self, change: FlagChange) -> str:
        """Sum the rollout before the flip up."""
        return summary(from_json(change.capability, change.before))

    @admin.display(description="after")
    def became(self, change: FlagChange) -> str:
        """Sum the rollout after the flip up."""
        return summary(from_json(change.capability, change.after))

    def has_add_permission(self, *_: Any) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, *_: Any) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, *_: Any) -> bool:
        """Refuse."""
        return False


def _author(request: HttpRequest, form: Any) -> Author:
    return Author(str(request.user), form.cleaned_data["why"])
