import Testing

@testable import FeatureStore

/// Pushes, repeated pushes, ingestions, compactions, materializations and restarts in random order: what is online at any
/// time from now on is what the rule says of all events that were brought online, bit for bit.
@Suite struct AggregateProperties {
    @Test(arguments: 0..<40)
    func onlineWindowsAreThoseOfTheRuleWhateverHappens(seed: UInt64) throws {
        var trial = try OnlineAggregateTrial(seed: seed)
        try trial.run(steps: 25)
    }
}
