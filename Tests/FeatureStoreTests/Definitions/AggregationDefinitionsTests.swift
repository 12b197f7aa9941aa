import FeatureStore
import Foundation
import Testing

@Suite struct AggregationDefinitionsTests {
    /// Definitions with a view of aggregates, for tests to spoil.
    static let valid = """
        entities:
          driver: {join_keys: {driver_id: int64}}
        sources:
          trips: {path: trips.csv, timestamp: t, created: c, columns: {status: string, km: float64}}
          cities: {path: cities.csv}
          prices: {path: prices.csv, valid_from: f, valid_to: u}
        feature_views:
          trip_stats:
            entities: [driver]
            source: trips
            aggregate:
              hop: 5m
              windows: [1h, 24h, {window: 7d, offset: 7d}]
              columns: {zone: string}
              features:
                trips: {functions: [count, rate]}
                fare: {type: float64, functions: [sum, {quantile: 0.95}, last_n(3)], windows: [1h], names: {sum_1h: spent}}
                good: {column: fare, functions: [max], where: "status == 'done'", windows: [lifetime]}
                zones: {functions: [count], by: zone, top: 3, windows: [1h]}
        feature_services:
          s: {features: ["trip_stats:*", "trip_stats:spent"]}
        """

    static func view(_ text: String) throws -> FeatureView {
        let sound = text.replacingOccurrences(of: #", "trip_stats:spent""#, with: "")
        return try #require(
            DefinitionsReader.read(texts: [("a.yaml", sound)]).featureView(named: "trip_stats"))
    }

    @Test func featuresAreNamedByRuleUnlessANameIsGiven() throws {
        let view = try Self.view(Self.valid)
        #expect(
            view.features.map { "\($0.name) \($0.type)" } == [
                "trips_count_1h int64", "trips_count_24h int64", "trips_count_7d_7d_ago int64",
                "trips_rate_1h float64", "trips_rate_24h float64", "trips_rate_7d_7d_ago float64", "spent float64",
                "fare_p95_1h float64", "fare_last_3_1h string", "good_max_lifetime float64", "zones_count_1h string",
            ])
        #expect(
            view.aggregation?.features.suffix(3).map(\.description) == [
                "last_n(3) of fare over 1h", "max of fare over lifetime where status == 'done'",
                "count of events over 1h by zone, top 3",
            ])
        #expect(view.aggregation?.hop == .seconds(300))
    }

    @Test func eventsKeepWhatFeaturesAndTheirConditionsRead() throws {
        let view = try Self.view(Self.valid)
        #expect(
            view.storedFeatures.map { "\($0.name) \($0.type)" } == ["zone string", "fare float64", "status string"])
        #expect(view.availability == .created)
    }

    @Test func aServiceTakesAggregatesByName() throws {
        let mistakes = try DefinitionsTexts.mistakes(Self.valid)
        #expect(mistakes == ["a.yaml:21:34: 'trip_stats:spent' is already in this service (line 21)"])
    }

    @Test func definitionsSurviveTheCatalog() throws {
        let view = try Self.view(Self.valid)
        let data = try JSONEncoder().encode(view)
        #expect(try JSONDecoder().decode(FeatureView.self, from: data) == view)
        // A view as versions before had it.
        var plain = view
        plain.aggregation = nil
        let text = String(decoding: try JSONEncoder().encode(plain), as: UTF8.self)
        #expect(!text.contains("aggregation"))
        #expect(try JSONDecoder().decode(FeatureView.self, from: Data(text.utf8)) == plain)
    }

    @Test(arguments: [
        Spoilt(
            "hop: 5m", "hop: 5x", "a.yaml:12:12: 'hop' must be a duration like 90s, 15m, 2h, 7d or 4w, not '5x'"),
        Spoilt(
            "hop: 5m", "exact: yes",
            "a.yaml:12:14: 'exact' can only be true; for windows that begin with a tile write hop: 5m instead"),
        Spoilt(
            "hop: 5m", "exact: true\n      hop: 1m",
            "a.yaml:13:12: windows begin either exactly or with a tile: remove 'hop' or 'exact'"),
        Spoilt(
            "hop: 5m", "tags: {}",
            "a.yaml:12:7: unknown key 'tags' in 'aggregate' of 'trip_stats' (known: hop, exact, windows, columns, features)",
            "a.yaml:12:7: 'aggregate' of 'trip_stats' does not say how windows begin: write hop: 5m (each begins with a tile of 5 minutes, so that tiles can be kept online) or exact: true (online, single events are kept)"
        ),
        Spoilt(
            "windows: [1h, 24h,", "windows: [1h, 1d, 24h,",
            "a.yaml:13:25: the window 1d stands twice in this list (line 13): remove one"),
        Spoilt(
            "windows: [1h, 24h,", "windows: [1m, liftime,",
            "a.yaml:13:17: the window 1m is shorter than a tile of 5m: make it longer, or 'hop' shorter",
            "a.yaml:13:21: a window must be a duration like 15m, 2h or 7d, or lifetime, not 'liftime' (did you mean 'lifetime'?)"
        ),
        Spoilt(
            "zone: string", "zone: strng", "a.yaml:14:23: unknown type 'strng' (did you mean 'string'?)"),
        Spoilt(
            "zone: string", "fare: float64",
            "a.yaml:17:9: event column 'fare' is already declared in line 14: take its values with column: fare"),
        Spoilt(
            "zone: string", "t_: float64",
            "a.yaml:19:41: there is no event column 'zone': give it a type under 'columns'"),
        Spoilt("[count, rate]", "[cuont, rate]", "a.yaml:16:29: unknown function 'cuont' (did you mean 'count'?)"),
        Spoilt("[count, rate]", "[avg]", "a.yaml:16:29: unknown function 'avg' (did you mean 'mean'?)"),
        Spoilt(
            "[count, rate]", "[sum]",
            "a.yaml:16:29: sum needs values: give feature 'trips' a type, or name its column with 'column'"),
        Spoilt(
            "[count, rate]", "[count, count]", "a.yaml:16:36: the function count stands twice in this list: remove one"),
        Spoilt(
            "{quantile: 0.95}", "{quantile: 95}",
            "a.yaml:17:48: a quantile is a number from 0 to 1 with at most six places, e.g. {quantile: 0.95}"),
        Spoilt(
            "last_n(3)", "last_n(0)", "a.yaml:17:66: last_n takes a whole number from 1 to 1000, e.g. {last_n: 3}"),
        Spoilt(
            "type: float64", "type: bytes", "a.yaml:17:41: sum is not for values of type bytes",
            "a.yaml:17:46: quantile(0.95) is not for values of type bytes"),
        Spoilt(
            "{sum_1h: spent}", "{sum_2h: spent}",
            "a.yaml:17:109: 'sum_2h' is none of the features here (did you mean 'sum_1h'?); they are sum_1h, p95_1h, last_3_1h"
        ),
        Spoilt(
            "column: fare", "column: far",
            "a.yaml:18:24: there is no event column 'far' (did you mean 'fare'?): give it a type in a feature of its name or under 'columns'"
        ),
        Spoilt(
            "column: fare", "column: fair",
            "a.yaml:18:24: there is no event column 'fair': give it a type in a feature of its name or under 'columns'"),
        Spoilt(
            "status == 'done'", "stats == 'done'",
            "a.yaml:18:56: 'stats' is not an event column, key or time of 'trip_stats', nor among the 'columns' of source 'trips' (did you mean 'status'?)"
        ),
        Spoilt(
            "status == 'done'", "km + 1",
            "a.yaml:18:56: a condition must be true or false, and this is of type float: compare it with something"),
        Spoilt(
            "by: zone", "by: fare",
            "a.yaml:19:41: events are taken apart by strings, whole numbers or booleans, and 'fare' is of type float64"),
        Spoilt(
            "by: zone, top: 3", "top: 3",
            "a.yaml:19:42: 'top' needs 'by', the event column whose groups it chooses from"),
        Spoilt("top: 3", "top: 0", "a.yaml:19:52: 'top' must be a whole number from 1 to 1000, not '0'"),
        Spoilt(
            "spent}", "driver_id}",
            "a.yaml:17:109: feature 'driver_id' has the name of a join key of its view: rename it"),
        Spoilt(
            "spent}", "trips_count_1h}",
            "a.yaml:17:109: 'trips_count_1h' is already the name of a feature of line 16: give it another"),
        Spoilt(
            "source: trips", "source: cities",
            "a.yaml:10:13: aggregates are over events, which have times, but source 'cities' has no 'timestamp': name the time column there, or leave 'aggregate' out"
        ),
        Spoilt(
            "source: trips", "source: prices",
            "a.yaml:10:13: aggregates are over events, but the rows of source 'prices' last until their 'valid_to': take a source of events, or leave 'aggregate' out"
        ),
        Spoilt(
            "source: trips", "source: trips\n    ttl: 7d",
            "a.yaml:11:10: a view with 'aggregate' has no ttl: its windows say how far back it looks; remove 'ttl'"),
        Spoilt(
            "source: trips", "source: trips\n    features: {x: int64}",
            "a.yaml:11:15: a view with 'aggregate' has its features there: move them into it, or make two views"),
    ])
    func everyMistakeIsToldWithItsPlace(_ spoilt: Spoilt) throws {
        let sound = Self.valid.replacingOccurrences(
            of: #"["trip_stats:*", "trip_stats:spent"]"#, with: #"["trip_stats:*"]"#)
        let mistakes = try DefinitionsTexts.mistakes(sound.replacingOccurrences(of: spoilt.old, with: spoilt.new))
        for mistake in spoilt.mistakes { #expect(mistakes.contains(mistake), "\(mistakes)") }
    }

    private func plan(_ old: String, _ new: String, isStored: Bool) throws -> DefinitionsPlan {
        func definitions(_ text: String) throws -> Definitions {
            try DefinitionsReader.read(
                texts: [("a.yaml", text.replacingOccurrences(of: #", "trip_stats:spent""#, with: ""))])
        }
        return DefinitionsPlan(
            from: try definitions(old), to: try definitions(new), storedViews: isStored ? ["trip_stats"] : [])
    }

    @Test func aPlanTellsWhatBecomesOfEachFeature() throws {
        let new = Self.valid.replacingOccurrences(of: "hop: 5m", with: "exact: true")
            .replacingOccurrences(of: "'done'", with: "'ok'").replacingOccurrences(
                of: "zone: string", with: "zone: int64")
        let plan = try plan(Self.valid, new, isStored: false)
        #expect(
            plan.lines == [
                "~ feature_view trip_stats: aggregate by 5m -> exact; ~ event column zone string -> int64; good_max_lifetime "
                    + "max of fare over lifetime where status == 'done' -> max of fare over lifetime where status == 'ok'"
            ])
    }

    @Test func storedEventsKeepTheirTypesAndFeaturesMayChange() throws {
        let windows = Self.valid.replacingOccurrences(of: "24h", with: "2h").replacingOccurrences(of: "5m", with: "1m")
        #expect(try plan(Self.valid, windows, isStored: true).refusals(allowsRemoval: false) == [])
        let retyped = Self.valid.replacingOccurrences(of: "type: float64", with: "type: float32")
        #expect(
            try plan(Self.valid, retyped, isStored: true).refusals(allowsRemoval: false) == [
                "event column 'trip_stats:fare' is stored as float64 and cannot become float32: give it a new name, or make a "
                    + "new view, e.g. trip_stats_v2"
            ])
        let start = try #require(Self.valid.range(of: "    aggregate:")?.lowerBound)
        let end = try #require(Self.valid.range(of: "feature_services:")?.lowerBound)
        let rows = Self.valid.replacingCharacters(in: start..<end, with: "    features: {fare: float64}\n")
        #expect(
            try plan(Self.valid, rows, isStored: true).refusals(allowsRemoval: false) == [
                "feature view 'trip_stats' is stored as events and cannot be read as rows: make a new view, e.g. trip_stats_v2"
            ])
    }
}
