"""Random actors, courses and rollouts for the properties of the rule."""

from hypothesis import strategies as st

from flags.access import Access
from flags.actor import ANONYMOUS, Actor
from flags.rollout import BUCKETS, Rollout

ORGS = ("edX", "MITx", "Org.One")
COURSES = (
    "course-v1:edX+DemoX+Demo_Course",
    "edX/Open_DemoX/edx_demo_course",
    "course-v1:MITx+6.002x+2016",
    "ccx-v1:Org.One+Num+Run+ccx@7",
)
GROUPS = ("beta", "staff", "teachers")

salts = st.text("0123456789abcdef", min_size=32, max_size=32)
user_ids = st.integers(min_value=1, max_value=10_000)
basis_points = st.integers(min_value=0, max_value=BUCKETS)
courses = st.sampled_from(COURSES) | st.none()
accesses = st.sampled_from(Access)

known_actors = st.builds(
    Actor, user_id=user_ids, username=st.just("ada"), groups=st.frozensets(st.sampled_from(GROUPS))
)
unresolved_actors = st.just(Actor(username="ada"))
actors = known_actors | unresolved_actors | st.just(ANONYMOUS)

rollouts = st.builds(
    Rollout,
    capability=st.just("enrollment"),
    everyone=st.sampled_from([None, None, None, True, False]),
    users=st.frozensets(user_ids, max_size=5),
    groups=st.frozensets(st.sampled_from(GROUPS)),
    courses=st.frozensets(st.sampled_from(COURSES)),
    orgs=st.frozensets(st.sampled_from(ORGS)),
    percent=basis_points,
    reads_only=st.booleans(),
    shadow=basis_points,
    salt=salts,
)
