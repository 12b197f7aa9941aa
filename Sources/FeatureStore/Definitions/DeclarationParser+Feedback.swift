import Columnar

/// What a service remembers, and the label that comes back.
extension DeclarationParser {
    /// Reads `log: {sample: 0.1, retain: 90d, when_full: drop}`; nil if it is absent.
    func serviceLog(of map: YAMLMap) -> ServiceLog? {
        guard let node = map.node("log") else { return nil }
        guard
            let map = YAMLMap(
                node.value, at: node.place, subject: "'log'", keys: ["sample", "retain", "when_full"], log: log)
        else { return nil }
        var model = ServiceLog()
        if let text = map.text("sample") {
            if let share = Double(text.value), share > 0, share <= 1 {
                model.sample = share
            } else {
                log.report(
                    "'sample' must be a share of the keys above 0 and up to 1, e.g. 0.1, not '\(text.value.shortened)'",
                    at: text.place)
            }
        }
        model.retain = positiveSpan("retain", of: map, otherwise: "leave it out to keep rows for ever")
        if let text = map.text("when_full") {
            if let policy = ServiceLog.WhenFull(rawValue: text.value) {
                model.whenFull = policy
            } else {
                log.report("'when_full' must be drop or wait, not '\(text.value.shortened)'", at: text.place)
            }
        }
        return model
    }

    /// Reads `label: {name: is_late, type: bool, window: 7d, missing: 0}`; nil if it is absent.
    func serviceLabel(of map: YAMLMap) -> ServiceLabel? {
        guard let node = map.node("label") else { return nil }
        guard
            let map = YAMLMap(
                node.value, at: node.place, subject: "'label'", keys: ["name", "type", "window", "missing"], log: log),
            let name = map.requiredText("name", example: "name: is_late"),
            let typeName = map.requiredText("type", example: "type: bool")
        else { return nil }
        check(name: name, of: "a label")
        let allowed = ServiceLabel.types.map(\.description)
        guard let type = type(typeName, allowed: allowed) else { return nil }
        guard ServiceLabel.types.contains(type) else {
            log.report(
                "a label cannot be of type \(type) (one of \(allowed.joined(separator: ", ")))", at: typeName.place)
            return nil
        }
        var model = ServiceLabel(name: name.value, type: type)
        model.window = positiveSpan("window", of: map, otherwise: "leave it out if a label counts whenever it comes")
        if let text = map.text("missing"), text.value != "drop" {
            if model.value(parsing: text.value) == nil {
                log.report(
                    "'missing' must be drop, or the label of reads for which none came, which '\(text.value.shortened)' "
                        + "of type \(type) cannot be", at: text.place)
            } else if map.text("window") == nil {
                log.report(
                    "'missing' needs 'window', after which a label is taken to be missing, e.g. window: 7d",
                    at: text.place)
            }
            model.missing = .value(text.value)
        }
        return model
    }

    private func positiveSpan(_ key: String, of map: YAMLMap, otherwise: String) -> TimeSpan? {
        guard let text = map.text(key), let span = timeSpan(text, key: key) else { return nil }
        guard span.microseconds > 0 else {
            log.report("'\(key)' must be longer than 0s; \(otherwise)", at: text.place)
            return nil
        }
        return span
    }
}
