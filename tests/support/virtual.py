"""A driver played by hand under a virtual clock: no request is sent, no second passes."""

from datetime import UTC, datetime, timedelta

from toy_vendor import Toy

from segue._data.backend_key import BackendKey
from segue._effects.account import Account
from segue._effects.run import pump
from segue._engine.backend import Backend
from segue._pace.turns import turn
from segue.flow import Approve, Call, Lookup, Now, Permit, Record, Sleep, Work
from segue.hooks import Hooks

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class Virtual:
    """Plays a driver: time passes only in sleeps, and calls are answered by a function."""

    def __init__(self, answer=None, *plugins):
        self.hooks = Hooks(plugins)
        self.clock = 0.0
        self.answer = answer
        self.calls = []
        self.events = []
        self.polled_at = []

    def run(self, flow):
        try:
            effect = next(flow)
            while True:
                try:
                    result = self.perform(effect)
                except Exception as error:
                    effect = flow.throw(error)
                else:
                    effect = flow.send(result)
        except StopIteration as done:
            return done.value
        finally:
            flow.close()  # as the drivers do

    def perform(self, effect):  # noqa: PLR0911 - one for each effect
        match effect:
            case Sleep():
                self.clock += effect.seconds
                return Now(monotonic=self.clock, utc=EPOCH + timedelta(seconds=self.clock))
            case Record():
                return self.events.append(effect.event)
            case Work():
                return effect.function()
            case Lookup():
                return None  # there is no journal
            case Approve():
                return self.hooks.approve(effect.task, effect.quote)
            case Call():
                self.calls.append(effect)
                self.polled_at.append(self.clock)
                return self.answer(effect, self.clock)
            case Permit():
                return pump(turn(effect, self.perform(Sleep(seconds=0))), self.perform)
        raise AssertionError(effect)


def desk(provider=None, *plugins, model=None):
    provider = provider or Toy()
    account = Account("toy", base_url="https://toy.example", secret=lambda: "toy-key-1234")
    key = BackendKey(provider="toy", model=model)
    return Backend(key, provider=provider, account=account, hooks=Hooks(plugins))
