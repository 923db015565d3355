"""Ports: remembered, and chosen again only when they must be."""

import socket

from deploy.stack import ports


def test_every_name_gets_a_free_port_of_its_own() -> None:
    chosen = ports.choose({}, in_use=())

    assert chosen.keys() == ports.PREFERRED.keys()
    assert len(set(chosen.values())) == len(chosen)
    assert all(ports.is_free(port) for port in chosen.values())


def test_free_ports_are_kept() -> None:
    chosen = ports.choose({}, in_use=())

    assert ports.choose(chosen, in_use=()) == chosen


def test_a_port_on_which_our_own_server_listens_is_kept() -> None:
    chosen = ports.choose({}, in_use=())
    with socket.create_server(("127.0.0.1", chosen["redis"])):
        assert ports.choose(chosen, in_use={"redis"}) == chosen


def test_a_port_that_somebody_took_is_replaced_and_the_others_stay() -> None:
    chosen = ports.choose({}, in_use=())
    with socket.create_server(("127.0.0.1", chosen["redis"])):
        again = ports.choose(chosen, in_use=())

    assert {name for name in chosen if again[name] != chosen[name]} == {"redis"}
    assert again["redis"] not in chosen.values()


def test_the_number_a_person_would_guess_is_avoided_while_it_is_taken() -> None:
    guess = ports.choose({}, in_use=())["facade"]
    with socket.create_server(("127.0.0.1", guess)):
        assert ports.choose({}, in_use=())["facade"] != guess
