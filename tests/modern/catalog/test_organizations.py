import pytest

from modern.lms.catalog import api
from modern.lms.catalog.data import Organization
from modern.lms.catalog.errors import UnknownOrganization
from modern.lms.catalog.models import CourseOrganization
from modern.lms.catalog.models import Organization as OrganizationRow
from tests.modern.factories import DEMO, LONG_AGO, make_organization

pytestmark = pytest.mark.django_db


def offers(row: OrganizationRow, *, active: bool = True) -> None:
    CourseOrganization.objects.create(
        organization=row, course_key=DEMO, active=active, created=LONG_AGO, modified=LONG_AGO
    )


def test_an_organization_is_found_by_its_short_name_the_oldest_of_several() -> None:
    make_organization("DemoU", active=False)
    found = make_organization("DemoU", description="x", logo_path="organization_logos/d.png")
    make_organization("DemoU", name="Later")

    assert api.organization("DemoU") == Organization(
        id=found.pk,
        name="DemoU University",
        short_name="DemoU",
        description="x",
        logo_path="organization_logos/d.png",
    )


def test_an_organization_that_is_not_active_is_unknown() -> None:
    make_organization("DemoU", active=False)

    with pytest.raises(UnknownOrganization, match="check its short name"):
        api.organization("DemoU")


def test_organizations_are_listed_oldest_first() -> None:
    for name in ("Zeta", "Alpha"):
        make_organization(name)
    make_organization("Gone", active=False)

    assert [each.short_name for each in api.organizations()] == ["Zeta", "Alpha"]


def test_a_course_is_offered_by_those_whose_part_has_not_ended() -> None:
    first, second = make_organization("DemoU"), make_organization("LabU")
    offers(second)
    offers(first)
    offers(make_organization("Left"), active=False)
    offers(make_organization("Gone", active=False))

    assert [each.short_name for each in api.organizations_of(DEMO)] == ["DemoU", "LabU"]
    assert api.organizations_of("DemoU/CS100/2012") == []
