import Columnar

/// Checks the steps of a service's `encode:` against the features that they are for.
struct EncodingCheck {
    let service: Declaration<FeatureService>
    /// The features of each view that is declared.
    let features: [String: [Feature]]
    let log: MistakeLog

    func run() {
        guard let encode = service.model.encode else { return }
        for (index, encoding) in encode.features.enumerated() {
            check(encoding, at: service.place(of: "encode", item: index))
        }
        for (name, steps) in encode.types.sorted(by: { $0.key < $1.key }) {
            let type: FeatureType? = name == "vector" ? .vector(count: 1) : FeatureType(name)
            guard let type else { continue }
            check(steps, from: type, of: "a \(name)", at: service.keyPlaces["encode.\(name)"] ?? service.place)
        }
        for step in encode.features.flatMap(\.steps) + encode.types.values.joined() {
            check(label: step)
        }
    }

    private func check(_ encoding: FeatureEncoding, at place: Place) {
        let reference = encoding.feature
        let own = service.model.features.filter { $0.view == reference.view }
        guard let type = features[reference.view]?.first(where: { $0.name == reference.feature })?.type,
            own.contains(where: { $0.feature == nil || $0.feature == reference.feature })
        else {
            let known = own.flatMap { known in
                known.feature.map { [$0] } ?? features[known.view]?.map(\.name) ?? []
            }.map { "\(reference.view):\($0)" }
            log.report(
                "'\(reference)' is no feature of this service\(Spelling.suggestion(for: reference.description, in: known)): "
                    + "'encode' names those under 'features'", at: place)
            return
        }
        check(encoding.steps, from: type, of: reference.description, at: place)
    }

    /// Follows the steps from a type on.
    private func check(_ steps: [EncodingStep], from type: FeatureType, of subject: String, at place: Place) {
        var domain = EncodingDomain(type)
        for (index, step) in steps.enumerated() {
            guard let next = domain.after(step) else {
                let state =
                    index == 0
                    ? "\(subject) is \(domain.words)\(subject.contains(":") ? " (\(type))" : "")"
                    : "after \(steps[index - 1].name), \(subject) is \(domain.words)"
                return log.report("'\(step.name)' cannot be taken here: \(state)", at: place)
            }
            domain = next
        }
        if !domain.isEncoded {
            log.report(
                "\(subject) is still \(domain.words) after its steps: end with one_hot, ordinal or another step that makes "
                    + "numbers", at: place)
        }
        if steps.count(where: \.hasIndicator) > 1 {
            log.report("one indicator is enough for \(subject): leave the others out", at: place)
        }
    }

    /// A label must not be a feature, or a model would see what it is to learn.
    private func check(label step: EncodingStep) {
        guard case .target(let label, _, _) = step else { return }
        let isFeature = service.model.features.contains { reference in
            reference.feature == label
                || (reference.feature == nil
                    && features[reference.view]?.contains { $0.name == label } ?? false)
        }
        if isFeature {
            log.report(
                "the label '\(label)' of a target encoding is a feature of this service: name another column of the "
                    + "training set", at: service.keyPlaces["encode"] ?? service.place)
        }
    }
}
