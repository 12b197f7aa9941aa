import FeatureStore
import Testing

/// What `encode:` says is read, and what it cannot mean is told with its place.
@Suite struct EncodingDefinitionTests {
    private func definitions(_ encode: String) -> [(file: String, text: String)] {
        let text = """
            entities:
              e: {join_keys: {id: int64}}
            sources:
              s: {path: "*.csv", timestamp: t}
            feature_views:
              v:
                entities: [e]
                source: s
                features: {x: float32, n: int64, city: string, at: timestamp, emb: "float32[4]"}
            feature_services:
              m:
                features: ["v:*"]
                encode:
                  \(encode)
            """
        return [("a.yaml", text)]
    }

    @Test func stepsChainsAndTypesAreRead() throws {
        let read = try DefinitionsReader.read(
            texts: definitions(
                """
                v:x: [{impute: {with: mean, indicator: true}}, standardize]
                      v:city: {one_hot: {max_categories: 20}}
                      v:n: [{clip: {min: 0}}, {bucketize: [1, 2.5]}, {hashed: 8}]
                      timestamp: {cyclic: hour}
                      string: {target: {label: paid}}
                """))
        let encode = try #require(read.featureServices[0].encode)
        #expect(
            encode.features.map(\.steps) == [
                [.impute(.mean, hasIndicator: true), .standardize], [.oneHot(maximumCategories: 20)],
                [.clip(least: 0, greatest: nil), .bucketize(edges: [1, 2.5]), .hashed(buckets: 8)],
            ])
        #expect(encode.types["timestamp"] == [.cyclic([.hour])])
        #expect(encode.types["string"] == [.target(label: "paid", smoothing: 20, folds: 5)])
        let city = FeatureReference(view: "v", feature: "city")
        #expect(encode.steps(for: city, type: .string) == [.oneHot(maximumCategories: 20)])
        let other = FeatureReference(view: "v", feature: "other")
        #expect(encode.steps(for: other, type: .string) == encode.types["string"])
        #expect(encode.steps(for: other, type: .vector(count: 4)) == [.pass])
    }

    @Test(arguments: [
        ("v:x: standardise", "14:12: unknown step 'standardise' (did you mean 'standardize'?)"),
        ("v:y: pass", "14:7: 'v:y' is no feature of this service"),
        ("v:city: standardize", "14:7: 'standardize' cannot be taken here: v:city is a text (string)"),
        ("v:city: {impute: x}", "14:7: v:city is still a text after its steps: end with one_hot"),
        ("v:x: one_hot", "14:7: 'one_hot' cannot be taken here: v:x is a number (float32)"),
        ("v:x: [{bucketize: [1]}, one_hot, standardize]", "after one_hot, v:x is slots"),
        ("v:x: {bucketize: [2, 1]}", "the edges of 'bucketize' must ascend"),
        ("v:x: {clip: {}}", "'clip' needs 'min', 'max' or both"),
        ("v:x: {clip: {min: 2, max: 1}}", "'min' of 'clip' lies above its 'max'"),
        ("v:x: {clip: {min: a}}", "'min' must be a number, not 'a'"),
        ("v:x: {standardize: 3}", "'standardize' takes nothing: write its name alone"),
        ("v:x: []", "there is no step; write one, e.g. standardize"),
        ("v:x: {quantile_bucketize: 1}", "'quantile_bucketize' needs a whole number from 2 to 1000"),
        ("v:city: {target: {smoothing: 3}}", "'target' needs 'label', e.g. label: converted"),
        ("v:city: {target: {label: x}}", "the label 'x' of a target encoding is a feature of this service"),
        ("v:at: {cyclic: [hour, week]}", "unknown cycle 'week' (did you mean 'weekday'?)"),
        ("v:x: {impute: {with: 0, indicator: maybe}}", "'indicator' is true or false, not 'maybe'"),
        ("x: pass", "'x' is no feature and no type: write view:feature, or bool, int32"),
        ("float32: one_hot", "'one_hot' cannot be taken here: a float32 is a number"),
    ])
    func whatCannotBeMeantIsToldWithItsPlace(text: String, mistake: String) {
        do {
            _ = try DefinitionsReader.read(texts: definitions(text))
            Issue.record("\(text) was accepted")
        } catch {
            #expect("\(error)".contains(mistake), "\(error)")
        }
    }
}
