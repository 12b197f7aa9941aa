import FeatureStore
import Testing

/// What on-demand views may say, and what is said about those that are wrong.
@Suite struct OnDemandDefinitionsTests {
    static let valid = """
        entities:
          driver: {join_keys: {driver_id: int64}}
        sources:
          hourly: {path: data/h.csv, timestamp: event_timestamp}
        feature_views:
          driver_stats:
            entities: [driver]
            source: hourly
            features:
              mean_distance: float64
              city: string
        on_demand_feature_views:
          trip:
            description: The trip that is asked for.
            request:
              distance_km: float64
              pickup_time: {type: timestamp, description: When it begins.}
            features:
              distance_km: float64
              is_long: {type: bool, expression: "distance_km > 20"}
              relative: {type: float32, expression: "distance_km / driver_stats:mean_distance"}
          surge:
            features:
              factor: {type: float64, expression: "if(trip:is_long and hour(now) > 16, 1.5, 1)"}
        feature_services:
          eta:
            features: ["driver_stats:city", "trip:*", "surge:factor"]
        """

    private static func mistakes(_ old: String, _ new: String) throws -> [String] {
        #expect(valid.contains(old))
        return try DefinitionsTexts.mistakes(valid.replacing(old, with: new))
    }

    @Test func valuesOfTheRequestAndOfOtherViewsMeet() throws {
        let definitions = try DefinitionsReader.read(texts: [("a.yaml", Self.valid)])
        let trip = try #require(definitions.onDemandView(named: "trip"))
        #expect(trip.request.map(\.name) == ["distance_km", "pickup_time"])
        #expect(trip.features.map(\.name) == ["distance_km", "is_long", "relative"])
        let service = try ResolvedService(
            service: try #require(definitions.featureService(named: "eta")), in: definitions, fullNames: false)
        #expect(service.features.map(\.outputName) == ["city", "distance_km", "is_long", "relative", "factor"])
        #expect(service.views.map(\.name) == ["driver_stats"])
        // Nothing reads the pickup time, so nobody has to give it.
        #expect(service.requestFields.map(\.name) == ["distance_km"])
        #expect(definitions.featureViews.map(\.name) == ["driver_stats"])
    }

    @Test(arguments: [
        Spoilt(
            "distance_km > 20", "distance > 20",
            "a.yaml:20:42: 'distance' is not a request field or feature of 'trip', and features of other views are written view:feature (did you mean 'distance_km'?)"
        ),
        Spoilt(
            "driver_stats:mean_distance", "driver_stats:mean_dist",
            "a.yaml:21:60: 'driver_stats:mean_dist' is not a request field or feature of 'trip', and features of other views are written view:feature (did you mean 'driver_stats:mean_distance'?)"
        ),
        Spoilt(
            "/ driver_stats:mean_distance", "/ mean_distance",
            "a.yaml:21:60: 'mean_distance' is a feature of 'driver_stats': write driver_stats:mean_distance"),
        Spoilt(
            "distance_km > 20", "driver_id > 20",
            "a.yaml:20:42: 'driver_id' is a join key of entity 'driver': to compute with it, put 'driver_id: int64' under 'request'"
        ),
        Spoilt(
            "type: bool, expression: \"distance_km > 20\"", "type: bool, expression: \"distance_km + 20\"",
            "a.yaml:20:42: the value is of type float and does not fit bool"),
        Spoilt(
            "{type: bool, expression: \"distance_km > 20\"}", "bool",
            "a.yaml:20:7: feature 'is_long' needs an 'expression', or to be under 'request' too"),
        Spoilt(
            "      distance_km: float64\n      is_long", "      distance_km: float32\n      is_long",
            "a.yaml:19:7: feature 'distance_km' is float32, but the request field that it passes through is float64: give both one type"
        ),
        Spoilt(
            "is_long: {", "pickup_time: {",
            "a.yaml:20:7: feature 'pickup_time' has the name of a request field, which it would hide: rename it",
            "a.yaml:24:47: 'trip:is_long' is not a request field or feature of 'surge', and features of other views are written view:feature"
        ),
        Spoilt(
            "      pickup_time:", "      now:",
            "a.yaml:17:7: a request field cannot be called 'now': this is the time of the row or of the request in every expression"
        ),
        Spoilt(
            "      pickup_time:", "      event_timestamp:",
            "a.yaml:17:7: a request field cannot be called 'event_timestamp': history and entity rows have a column of this name; expressions read the row's time as 'now'"
        ),
        Spoilt(
            "distance_km > 20", "surge:factor > 20",
            "a.yaml:20:7: on-demand features read each other in a circle: trip:is_long -> surge:factor -> trip:is_long"),
        Spoilt(
            "distance_km > 20", "is_long",
            "a.yaml:20:7: on-demand features read each other in a circle: trip:is_long -> trip:is_long"),
        Spoilt(
            "  surge:\n", "  driver_stats:\n",
            "a.yaml:22:3: feature view 'driver_stats' is already defined in a.yaml:6",
            "a.yaml:27:47: unknown feature view 'surge'"),
        Spoilt(
            "request:\n", "requests:\n",
            "a.yaml:15:5: unknown key 'requests' in on-demand feature view 'trip' (did you mean 'request'?)"),
        Spoilt(
            "distance_km: float64\n      pickup", "distance_km: float46\n      pickup",
            "a.yaml:16:20: unknown type 'float46' (did you mean 'float64'?)"),
        Spoilt(
            "mean_distance: float64", "mean_distance: flaot64",
            "a.yaml:10:22: unknown type 'flaot64' (did you mean 'float64'?)"),
        Spoilt(
            "surge:factor\"]", "surge:facto\"]",
            "a.yaml:27:47: feature view 'surge' has no feature 'facto' (did you mean 'factor'?)"),
        Spoilt(
            "      distance_km: float64\n      pickup",
            "      driver_id: string\n      distance_km: float64\n      pickup"),
        Spoilt(
            "on_demand_feature_views:", "on_demand_views:",
            "a.yaml:12:1: unknown key 'on_demand_views' in a definitions file (did you mean 'on_demand_feature_views'?)"
        ),
    ])
    func everyMistakeIsToldWithItsPlace(spoilt: Spoilt) throws {
        #expect(try Self.mistakes(spoilt.old, spoilt.new) == spoilt.mistakes)
    }

    /// A request field may be a join key as well, of one type; two fields of one name are one value.
    @Test func aServiceNeedsOneTypeForOneName() throws {
        let key = "driver_id: string\n      distance_km: float64"
        let read = "distance_km > 20 and driver_id != ''"
        let text = Self.valid.replacing("distance_km: float64\n      pickup", with: key + "\n      pickup")
            .replacing("distance_km > 20", with: read)
        #expect(
            try DefinitionsTexts.mistakes(text) == [
                "a.yaml:28:15: request field 'driver_id' is string, but the join key of this name of view 'driver_stats' is int64: give both one type"
            ])
        let other = Self.valid.replacing(
            "surge:\n", with: "surge:\n    request: {distance_km: int64}\n"
        ).replacing(
            "factor: {type: float64, expression: \"if(", with: "factor: {type: float64, expression: \"distance_km + if("
        )
        #expect(
            try DefinitionsTexts.mistakes(other) == [
                "a.yaml:28:15: request field 'distance_km' is float64 in view 'trip' but int64 in view 'surge': give both one type"
            ])
    }

    @Test func planTellsWhatIsDifferent() throws {
        let before = try DefinitionsReader.read(texts: [("a.yaml", Self.valid)])
        let after = try DefinitionsReader.read(texts: [
            (
                "a.yaml",
                Self.valid.replacing("distance_km > 20", with: "distance_km > 30").replacing(
                    "request:\n", with: "request:\n      seats: int32\n"
                ).replacing("float32, expr", with: "float64, expr")
            )
        ])
        let plan = DefinitionsPlan(from: before, to: after, storedViews: ["driver_stats"])
        #expect(
            plan.lines == [
                "~ on_demand_feature_view trip: + request field seats int32; ~ feature relative float32 -> float64; "
                    + "expression of is_long distance_km > 20 -> distance_km > 30"
            ])
        #expect(plan.refusals(allowsRemoval: false) == [])
        #expect(DefinitionsPlan(from: before, to: before, storedViews: []).isEmpty)
    }

    /// Long chains take no room on the stack.
    @Test func chainsMayBeLong() throws {
        let count = 1000
        let features = (1..<count).map { "      f\($0): {type: int64, expression: f\($0 - 1) + 1}" }.reversed()
        let text = """
            on_demand_feature_views:
              v:
                request: {f0: int64}
                features:
            \(features.joined(separator: "\n"))
            feature_services:
              s: {features: ["v:f\(count - 1)"]}
            """
        let definitions = try DefinitionsReader.read(texts: [("a.yaml", text)])
        let service = try ResolvedService(
            service: definitions.featureServices[0], in: definitions, fullNames: false)
        #expect(service.requestFields.map(\.name) == ["f0"])
    }
}
