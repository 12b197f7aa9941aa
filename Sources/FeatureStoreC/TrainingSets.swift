// The functions are named as in the header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CArrowABI
import CFStore
import Columnar
import FeatureStore

@c @implementation
public func fs_store_training_set(
    _ store: OpaquePointer?, _ features: UnsafePointer<CChar>?, _ entities: UnsafeMutablePointer<ArrowArrayStream>?,
    _ origin: UnsafePointer<CChar>?, _ timestamp: UnsafePointer<CChar>?, _ fullNames: Bool, _ withTimes: Bool,
    _ stop: UnsafePointer<Int32>?, _ table: UnsafeMutablePointer<OpaquePointer?>?, _ json: StringPlace,
    _ error: StringPlace
) -> Int32 {
    table?.pointee = nil
    let entities = HandedOver(entities)
    return call(stoppedBy: stop, error) {
        let (rows, origin) = try entities.take(origin: origin, called: "entities")
        let request = try TrainingSetRequest(features, timestamp, fullNames)
        let set = try request.run(on: store) { store in
            let entities = try store.entityRows(
                for: request.selection, table: rows, timestamp: request.timestamp, origin: origin)
            return try store.trainingSet(
                for: request.selection, entities: entities, fullNames: fullNames, withTimes: withTimes)
        }
        try give(set.answer, to: json)
        table?.pointee = Handle.make(SharedTable(set.table))
    }
}

@c @implementation
public func fs_store_training_set_of_file(
    _ store: OpaquePointer?, _ features: UnsafePointer<CChar>?, _ path: UnsafePointer<CChar>?,
    _ timestamp: UnsafePointer<CChar>?, _ fullNames: Bool, _ withTimes: Bool, _ stop: UnsafePointer<Int32>?,
    _ table: UnsafeMutablePointer<OpaquePointer?>?, _ json: StringPlace, _ error: StringPlace
) -> Int32 {
    table?.pointee = nil
    return call(stoppedBy: stop, error) {
        let path = try text(path, "path")
        let request = try TrainingSetRequest(features, timestamp, fullNames)
        let set = try request.run(on: store) { store in
            let entities = try store.entityRows(
                for: request.selection, file: path, timestamp: request.timestamp)
            return try store.trainingSet(
                for: request.selection, entities: entities, fullNames: fullNames, withTimes: withTimes)
        }
        try give(set.answer, to: json)
        table?.pointee = Handle.make(SharedTable(set.table))
    }
}

@c @implementation
public func fs_store_training_set_by_rule(
    _ store: OpaquePointer?, _ features: UnsafePointer<CChar>?, _ rule: UnsafePointer<fs_rule>?, _ fullNames: Bool,
    _ withTimes: Bool, _ stop: UnsafePointer<Int32>?, _ table: UnsafeMutablePointer<OpaquePointer?>?,
    _ json: StringPlace, _ error: StringPlace
) -> Int32 {
    table?.pointee = nil
    let given = HandedOver(rule?.pointee.rows)
    return call(stoppedBy: stop, error) {
        guard let rule = rule?.pointee else { throw CallError("rule is NULL; say where the rows come from") }
        let rows = rule.rows == nil ? nil : try given.take(called: "rows").table
        let request = try TrainingSetRequest(features, rule.timestamp, fullNames)
        let recipe = try EntityRecipe(rule)
        let set = try request.run(on: store) { store in
            try store.trainingSet(
                for: request.selection, entities: recipe, rows: rows, timestamp: request.timestamp,
                fullNames: fullNames, withTimes: withTimes)
        }
        try give(set.answer, to: json)
        table?.pointee = Handle.make(SharedTable(set.table))
    }
}

/// What a caller wants of a training set, whatever the entity rows come from.
private struct TrainingSetRequest {
    let selection: FeatureSelection
    let timestamp: String?
    private let fullNames: Bool

    struct Answer: Encodable {
        let coverage: [Coverage]
        let features: [String]
        let seconds: Double
        let split: TrainingSetSplit?
    }

    init(_ features: UnsafePointer<CChar>?, _ timestamp: UnsafePointer<CChar>?, _ fullNames: Bool) throws {
        selection = try FeatureSelection(parsing: try text(features, "features"))
        self.timestamp = try optionalText(timestamp, "timestamp")
        self.fullNames = fullNames
    }

    func run(
        on store: OpaquePointer?, _ make: (FeatureStore) throws -> TrainingSet
    ) throws -> (table: Table, answer: Answer) {
        try Handle.object(store, SharedStore.self).run { store in
            let clock = ContinuousClock.now
            let set = try make(store)
            let service = try store.resolve(selection, in: try store.definitions(), fullNames: fullNames)
            let answer = Answer(
                coverage: set.coverage, features: service.features.map(\.outputName),
                seconds: (ContinuousClock.now - clock) / .seconds(1), split: set.split)
            return (set.table, answer)
        }
    }
}

extension FeatureSelection {
    /// A service by its name, or references with commas between: `view:feature,view:*`.
    init(parsing text: String) throws(StoreError) {
        guard text.contains(":") || text.contains(",") else {
            self = .service(text)
            return
        }
        var references: [FeatureReference] = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let reference = FeatureReference(String(word)) else {
                throw .badRequest("'\(word)' is no feature; write view:feature or view:*")
            }
            references.append(reference)
        }
        self = .features(references)
    }
}
