/// Where something stands in a project's files.
struct Place: Hashable, Sendable {
    var file: String
    var position: TextPosition

    /// `features/drivers.yaml:12`, for messages about another place.
    var fileAndLine: String { "\(file):\(position.line)" }
}

/// Something with the place that it was written at.
struct Located<Value> {
    var value: Value
    var place: Place
}

extension Located: Sendable where Value: Sendable {}

/// A definition as it was written: the model and the places that later checks point at.
struct Declaration<Model> {
    var model: Model
    /// Where its name stands.
    var place: Place
    /// Where its parts stand, by key (`ttl`, `source`); only keys that are written.
    var keyPlaces: [String: Place] = [:]
    /// Where the items of its lists stand, by key (`entities`, `features`), in the model's order.
    var itemPlaces: [String: [Place]] = [:]
    /// Where the expressions of its features begin, by feature.
    var expressionPlaces: [String: Place] = [:]
    /// Whether all of it could be read; what is missing has been reported and need not be told again.
    var isSound = true

    func place(of key: String) -> Place { keyPlaces[key] ?? place }

    func place(of key: String, item index: Int) -> Place {
        guard let places = itemPlaces[key], places.indices.contains(index) else { return place(of: key) }
        return places[index]
    }
}

/// All that was wrong so far in one reading.
final class MistakeLog {
    private(set) var errors: [DefinitionError] = []

    func report(_ message: String, at place: Place) {
        errors.append(DefinitionError(file: place.file, position: place.position, message: message))
    }

    func report(_ message: String, inFile file: String) {
        errors.append(DefinitionError(file: file, position: nil, message: message))
    }
}
